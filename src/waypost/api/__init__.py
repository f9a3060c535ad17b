"""Control plane: FastAPI routes, schemas, and the error to status table."""

import sys

# FastAPI loads the old Pydantic, a fifth as large as the new one, only to refuse its
# models. We have none; with None in its place it is missing, which FastAPI expects.
sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]  # as above
