"""A link as commands print it: the same fields as in the HTTP API."""

from datetime import datetime

import msgspec

from waypost.cli.output import print_result
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


class Clicks(msgspec.Struct, frozen=True):
    """How often a link was followed."""

    all: int
    people: int | None
    machines: int | None


class LinkDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A link as `/api/v1/links` answers it."""

    id: int
    version: int
    state: str
    short_url: str
    code: str
    url: str
    title: str | None
    notes: str | None
    valid_since: datetime | None
    valid_until: datetime | None
    disabled: bool
    expired_url: str | None
    redirect_status: int
    forward_query: bool
    clicks: Clicks
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


def print_details(link: LinkDetails) -> None:
    """Write *link* for a person: what is set on it, a line for each option."""
    rows: list[tuple[str, str | datetime | None]] = [
        ("short URL", link.short_url),
        ("leads to", link.url),
        ("state", link.state),
        ("title", link.title),
        ("notes", link.notes),
        ("valid since", link.valid_since),
        ("valid until", link.valid_until),
        ("then to", link.expired_url),
        ("redirect", f"{link.redirect_status}"),
        ("query", "passed on" if link.forward_query else None),
        ("clicks", f"{link.clicks.all:,}"),
        ("version", f"{link.version}"),
        ("created", link.created_at),
        ("changed", link.updated_at),
        ("deleted", link.deleted_at),
    ]
    for name, value in rows:
        if isinstance(value, datetime):
            print_result(f"{name:<11}  {value:%Y-%m-%d %H:%M:%S} UTC")
        elif value is not None:
            print_result(f"{name:<11}  {value}")


def link_report(counted: CountedLink, *, base_url: str) -> LinkReport:
    """Return a link from the database as commands print it."""
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
