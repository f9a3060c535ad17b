"""Examples of domains, for the OpenAPI document."""

from typing import Final

from fastapi.openapi.models import Example

from waypost.api.documents.openapi import Document

HOST: Final = "go.acme.com"
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
}
