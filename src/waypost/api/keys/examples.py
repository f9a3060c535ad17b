"""Examples of keys, for the OpenAPI document."""

from typing import Final

from fastapi.openapi.models import Example

from waypost.api.documents.openapi import Document

KEY_ID: Final = "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11"
_SECRET: Final = "wp_…"  # noqa: S105  # none

KEY: Final[Document] = {
    "id": KEY_ID,
    "name": "shop",
    "prefix": "wp_7Qm2",
    "key": None,
    "scopes": ["links:write", "reports:read"],
    "domains": [],
    "own_links": False,
    "rate_limit": None,
    "state": "active",
    "created_at": "2026-02-01T10:00:00Z",
    "created_by": {
        "type": "key",
        "id": "0195f29e-1111-7000-8000-000000000001",
        "name": "first admin",
    },
    "expires_at": "2027-02-01T00:00:00Z",
    "last_used_at": "2026-04-02T08:15:00Z",
    "revoked_at": None,
    "previous_until": None,
}
NEW_KEY: Final[Document] = {**KEY, "key": _SECRET, "last_used_at": None}
ROTATED_KEY: Final[Document] = {
    **KEY,
    "key": _SECRET,
    "previous_until": "2026-04-03T08:15:42Z",
}
ME: Final[Document] = {
    "type": "key",
    "id": KEY_ID,
    "name": "shop",
    "scopes": ["links:write", "reports:read"],
    "domains": [],
    "own_links": False,
    "expires_at": "2027-02-01T00:00:00Z",
}
SERVER: Final[Document] = {
    "product": "waypost",
    "version": "1.4.0",
    "api": "v1",
    "time": "2026-04-02T08:15:42Z",
    "docs": "/docs",
    "features": {"reports": True, "public_creation": False},
    "limits": {"body_bytes": 65536, "bulk_items": 10000},
}

NEW_KEY_EXAMPLES: Final[dict[str, Example]] = {
    "form": {
        "summary": "For a form that makes links, for a year",
        "value": {"name": "form", "scopes": ["links:create"], "expires_at": "+365d"},
    },
    "shop": {
        "summary": "For a program that manages links and reads reports",
        "value": {"name": "shop", "scopes": ["links:write", "reports:read"]},
    },
}
KEY_CHANGE_EXAMPLES: Final[dict[str, Example]] = {
    "slower": {
        "summary": "It may make a request a second",
        "value": {"rate_limit": 60},
    },
    "less": {
        "summary": "It only reads from now on",
        "value": {"scopes": ["links:read"]},
    },
}
ROTATION_EXAMPLES: Final[dict[str, Example]] = {
    "overlap": {
        "summary": "The old secret is accepted for a day",
        "value": {"overlap": "+24h"},
    },
}
