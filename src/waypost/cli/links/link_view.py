"""A link as commands print it: the same fields as in the HTTP API."""

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from waypost.cli.links.link_options import OPTIONS, flat
from waypost.cli.links.targeting.values import shown_rules, shown_variants
from waypost.cli.output import print_result
from waypost.domain.links import CountedLink

_OBJECTS: Final = {"rules": shown_rules, "variants": shown_variants}
"""What shows options that are lists of objects."""


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


class LinkHead(msgspec.Struct, frozen=True, kw_only=True):
    """What every link has in `/api/v1/links`, besides its options."""

    short_url: str | None
    """Null in a dry run, where it would be made; so are the code and the moments."""
    code: str | None
    url: str
    state: str
    clicks: Clicks
    version: int
    created_at: datetime | None
    updated_at: datetime | None
    deleted_at: datetime | None
    restorable_until: datetime | None = None
    """Not named by older releases, as what follows."""
    clicks_left: int | None = None
    domain: str | None = None


class LinkDetails(NamedTuple):
    """A link as `/api/v1/links` answers it."""

    head: LinkHead
    fields: dict[str, object]
    """All of it, options of a later release included."""


class _Page(msgspec.Struct, frozen=True):
    """A page of a list, as `/api/v1/links` answers it."""

    data: list[msgspec.Raw]
    next_cursor: str | None


class LinkPage(NamedTuple):
    """Links of a list, and the cursor of what follows them."""

    links: list[LinkDetails]
    next_cursor: str | None


def decode_page(content: bytes) -> LinkPage:
    """Return the links in the *content* of an answer.

    Raises:
        ValueError: There are none.
    """
    page = msgspec.json.decode(content, type=_Page)
    return LinkPage([decode_details(bytes(one)) for one in page.data], page.next_cursor)


def decode_details(content: bytes) -> LinkDetails:
    """Return the link in the *content* of an answer.

    Raises:
        ValueError: There is none.
    """
    head = msgspec.json.decode(content, type=LinkHead)
    return LinkDetails(head, msgspec.json.decode(content, type=dict[str, object]))


def print_details(link: LinkDetails) -> None:
    """Write *link* for a person: a line for each option that is set."""
    head, options = link.head, flat(link.fields)
    rows: list[tuple[str, object]] = [
        ("short URL", head.short_url),
        ("leads to", head.url),
        ("state", head.state),
        ("quarantine", _why(link.fields.get("quarantine"))),
        *((name.replace("_", " "), options.get(name)) for name in OPTIONS),
        ("clicks left", head.clicks_left),
        ("clicks", f"{head.clicks.all:,}"),
        ("version", head.version),
        ("created", head.created_at),
        ("changed", head.updated_at),
        ("deleted", head.deleted_at),
        ("restorable", head.restorable_until),
    ]
    for name, value in rows:
        # An option that is not set gets no line; `is`, because a number may be 0.
        if value is None or value is False or value == []:
            continue
        print_result(f"{name:<15}  {_shown(name, value)}")


def _why(quarantine: object) -> str | None:
    """Return what a person reads of a quarantine; None: there is none."""
    if not isinstance(quarantine, dict):
        return None
    parts = (quarantine.get(name) for name in ("mode", "reason", "note", "since"))
    return ", ".join(str(part) for part in parts if part)


def _shown(name: str, value: object) -> object:
    """Return the *value* of an option that is set as a person reads it."""
    if isinstance(value, list) and name in _OBJECTS:
        return f"{len(value)}\n{_OBJECTS[name](value)}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "yes" if value is True else value


def link_report(counted: CountedLink, *, base_url: str) -> LinkReport:
    """Return a link from the database as commands print it."""
    link = counted.link
    return LinkReport(
        id=link.id,
        short_code=link.shown_code,
        original_url=link.target,
        short_url=link.short_url(base_url),
        clicks=counted.clicks,
        created_at=link.created_at,
        updated_at=link.updated_at,
    )
