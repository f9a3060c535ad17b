"""Control plane: FastAPI routes, schemas, and the error to status table."""
