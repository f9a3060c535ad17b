"""The header `Idempotency-Key`, and what the document says of it."""

import re
from typing import Final

from fastapi import Request
from fastapi.routing import APIRoute

from waypost.api.documents.openapi import Document
from waypost.http.answers import Refused
from waypost.http.statuses import INVALID_REQUEST

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
REFUSALS: Final = ("idempotency-key-reused", "idempotency-in-progress")
"""What a request with this header may be refused with."""

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_RULE: Final = "An Idempotency-Key is 1 to 255 printable characters of ASCII."
PARAMETER: Final[Document] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A name of your own for this request, by which it is recognised "
    "when it is sent again within a day: then it is answered as it was the first time, "
    f"with the header `{REPLAYED}: true`, and nothing else happens. Refusals are not "
    "kept.",
    "schema": {"type": "string", "maxLength": 255, "examples": ["order-77"]},
}
DOCUMENTED: Final[Document] = {"parameters": [PARAMETER]}
"""FastAPI's `openapi_extra` of a route that takes it."""


def takes_key(route: APIRoute) -> bool:
    """Return whether *route* says that it takes the header."""
    parameters = (route.openapi_extra or {}).get("parameters", ())
    return any(one["name"] == HEADER for one in parameters)


def idempotency_key(request: Request) -> str | None:
    """Return what the header says, without quotes; None: it is not there.

    Raises:
        Refused: It is not of the form that it has.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key) or not key.strip('"'):
        raise Refused(INVALID_REQUEST, _RULE)
    return key.strip('"')
