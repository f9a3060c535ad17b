"""A link as commands print it: the same fields as in the HTTP API."""

from datetime import datetime

import msgspec

from waypost.domain.links import CountedLink


class LinkReport(msgspec.Struct, frozen=True, kw_only=True):
    """A link as `POST /api/shorten` and `GET /api/stats/{code}` answer it."""

    id: int
    short_code: str
    original_url: str
    short_url: str
    clicks: int
    created_at: datetime
    updated_at: datetime


def link_report(counted: CountedLink, *, base_url: str) -> LinkReport:
    """Return what is told of a link from the database."""
    link = counted.link
    return LinkReport(
        id=link.id,
        short_code=link.code,
        original_url=link.target,
        short_url=f"{base_url}/{link.code}",
        clicks=counted.clicks,
        created_at=link.created_at,
        updated_at=link.updated_at,
    )
