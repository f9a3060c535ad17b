"""Links, ranges and events to store, and short ways to store them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from waypost.domain.clicks import JournalPosition
from waypost.domain.events import LinkEvent, LinkEventKind
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions, Preview, RedirectStatus, Utm
from waypost.domain.passwords.texts import PasswordHash
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.ports.storage import Storage

NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)


def link(
    number: int, code: str = "", *, target: str = "", domain: str = "", version: int = 1
) -> Link:
    """Return a link that differs from those of other numbers."""
    return Link(
        id=number,
        code=code or f"code{number}",
        target=target or f"https://example.com/{number}",
        created_at=NOON,
        updated_at=NOON + timedelta(microseconds=1),
        domain=domain,
        version=version,
    )


PASSWORD = PasswordHash("$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgc$of-no-password")
EVERY_OPTION = LinkOptions(
    valid_since=NOON.replace(microsecond=0),
    valid_until=NOON + timedelta(days=7),
    disabled=True,
    redirect_status=RedirectStatus.PERMANENT,
    max_clicks=1_000_000_000,
    expired_url="https://example.com/over",
    forward_query=True,
    forward_path=True,
    crawlable=True,
    password=PASSWORD,
    preview=Preview.ALWAYS,
    utm=Utm(source="poster", campaign="Frühling & 🎈"),
    rules=(
        {
            "name": "Grüezi",
            "when": {"country": ["CH"], "not": {"query": {"a": True}}, "later": [1.5]},
            "url": None,
            "variants": [],
        },
    ),
    variants=({"name": "b", "url": "https://example.com/b", "weight": 30},),
    tags=("Print", "frühling"),
    archived=True,
    title="Ein Titel 🎈 \"'\\",
    notes="two\nlines",
    unknown={"colour": b'{"a": [1, 2.50]}'},
)
"""All that can be set on a link, and something that only a later release knows."""


def with_options(link: Link, options: LinkOptions = EVERY_OPTION) -> Link:
    """Return the next version of *link*, with *options*."""
    return replace(link, version=link.version + 1, options=options)


def deleted(link: Link) -> Link:
    """Return the next version of *link*, which is deleted."""
    return replace(link, version=link.version + 1, deleted_at=NOON)


def ranges(*spans: tuple[int, int]) -> CountedSequences:
    """Return counted sequences."""
    return CountedSequences(tuple(SequenceRange(*span) for span in spans))


async def add(storage: Storage, *links: Link) -> frozenset[int]:
    """Add links in one transaction; return the ids of those that were refused."""
    async with storage.transaction() as transaction:
        return await transaction.links.add(links)


async def change(storage: Storage, changed: Link) -> bool:
    """Change a link in a transaction of its own."""
    async with storage.transaction() as transaction:
        return await transaction.links.change(changed)


async def count(
    storage: Storage,
    clicks: Mapping[int, int] | None = None,
    counted: Mapping[str, Mapping[int, CountedSequences]] | None = None,
    positions: Mapping[str, JournalPosition] | None = None,
) -> None:
    """Count clicks in one transaction."""
    async with storage.transaction() as transaction:
        await transaction.clicks.add(
            clicks=clicks or {}, counted=counted or {}, positions=positions or {}
        )


async def hold(
    storage: Storage, lanes: Mapping[str, list[int]]
) -> dict[str, dict[int, CountedSequences]]:
    """Return the counted sequences of these lanes."""
    async with storage.transaction() as transaction:
        return await transaction.clicks.hold(lanes)


def event(number: int) -> LinkEvent:
    """Return an event of the link with this number."""
    return LinkEvent(
        kind=LinkEventKind.CHANGED,
        link=link(number, target="https://例え.jp/?q=🎈&\"'\\", version=number + 1),
        occurred_at=NOON,
    )


async def stored_ids(storage: Storage) -> list[int]:
    """Return the ids of all links, ascending."""
    return sorted(each.link.id for each in await storage.links.newest(limit=9_999))
