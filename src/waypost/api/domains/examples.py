"""Examples of domains, for the OpenAPI document."""

from typing import Final

from fastapi.openapi.models import Example

from waypost.api.documents.openapi import Document

HOST: Final = "go.acme.com"
_LOGO: Final = (
    "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZp"
    "ZXdCb3g9IjAgMCAyIDIiPjxjaXJjbGUgY3g9IjEiIGN5PSIxIiByPSIxIi8+PC9zdmc+"
)
DOMAIN: Final[Document] = {
    "host": HOST,
    "default": False,
    "state": "active",
    "links": 310,
    "links_exact": True,
    "version": 2,
    "root_url": "https://acme.com",
    "not_found_url": None,
    "unknown_path_url": None,
    "expired_url": "https://acme.com/over",
    "case_sensitive": True,
    "defaults": {
        "redirect_status": 307,
        "forward_query": False,
        "forward_path": False,
        "preview": "on_request",
        "crawlable": False,
    },
    "well_known": {"apple-app-site-association": {"applinks": {"details": []}}},
    "qr": {
        "color": "#2f7d32",
        "background": "#ffffff",
        "margin": 4,
        "level": "M",
        "logo": None,
    },
    "created_at": "2026-02-01T10:00:00Z",
    "updated_at": "2026-02-03T10:00:00Z",
}
NEW_DOMAIN_EXAMPLES: Final[dict[str, Example]] = {
    "plain": {"summary": "A host, and nothing else", "value": {"host": HOST}},
    "own pages": {
        "summary": "Visitors without a link go to pages of your own",
        "value": {
            "host": HOST,
            "root_url": "https://acme.com",
            "not_found_url": "https://acme.com/404",
        },
    },
}
DOMAIN_CHANGE_EXAMPLES: Final[dict[str, Example]] = {
    "not found": {
        "summary": "Visitors of unknown codes go to a page of your own",
        "value": {"not_found_url": "https://acme.com/404"},
    },
    "well known": {
        "summary": "An app of yours opens the links",
        "value": {
            "well_known": {"apple-app-site-association": {"applinks": {"details": []}}}
        },
    },
    "defaults": {
        "summary": "New links are permanent",
        "value": {"defaults": {"redirect_status": 301}},
    },
    "qr codes": {
        "summary": "QR codes in a color of your own, with a logo",
        "value": {"qr": {"color": "#2f7d32", "logo": _LOGO}},
    },
}
