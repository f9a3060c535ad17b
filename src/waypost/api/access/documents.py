"""What the OpenAPI document says about keys."""

from collections.abc import Iterator
from typing import Final

from waypost.api.access.guard import BEARER_SCHEME, HEADER_SCHEME, needed
from waypost.api.documents.openapi import Document
from waypost.domain.access.scopes import KeyScope

_SCHEMES: Final[Document] = {
    BEARER_SCHEME: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "wp_…",
        "description": "A key, or the server's `ADMIN_TOKEN`, which permits all.",
    },
    HEADER_SCHEME: {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same, for clients that cannot set `Authorization`.",
    },
}
_ANY_KEY: Final = "Needs a key; any will do."
_UNLESS_PUBLIC: Final = (
    " Where `PUBLIC_CREATION` is on, as it is on servers that only their own machine "
    "reaches, it needs none."
)


def add_keys(document: Document) -> None:
    """Describe keys, and in each operation which scope it needs, in place."""
    document["components"]["securitySchemes"] = _SCHEMES
    for operation in _operations(document):
        scopes = needed(operation)
        if scopes is not None:
            operation["description"] += f"\n\n{_sentence(scopes)}"


def _operations(document: Document) -> Iterator[Document]:
    for path in document["paths"].values():
        yield from path.values()


def _sentence(scopes: list[str]) -> str:
    if not scopes:
        return _ANY_KEY
    more = _UNLESS_PUBLIC if scopes == [KeyScope.LINKS_CREATE] else ""
    return f"Needs a key with the scope `{scopes[0]}`.{more}"
