"""Links to list, and short ways to list them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeAlias

from tests.contract.stored import PASSWORD
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.abuse.quarantine import Quarantine, QuarantineMode, QuarantineReason
from waypost.domain.links import CountedLink, Link
from waypost.domain.listing.filters import LinkFilter, Place, Sort
from waypost.domain.options import LinkOptions
from waypost.ports.links import LinkLists

ListedStorage: TypeAlias = MemoryStorage | SqlStorage

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_HOSTS = ("example.com", "shop.example.com", "EXAMPLE.com:443", "10.0.0.7", "[::1]")
_PATHS = ("", "/", "/spring", "/Spring/Z%C3%BCrich?x=1", "/s-p_r/ing", "/日本")
_TITLES = (None, "Spring catalogue", "Ötzi's spring", "100% _all_", "日本 v2")
_TAGS = ((), (), ("Print",), ("print", "sold out"), ("100%",), ("100",), ("a_b", "É"))
_CODES = ("spring", "Spring-26", "a", "B", "ä", "_", "~x")

_QUARANTINE = Quarantine(
    mode=QuarantineMode.WARN, reason=QuarantineReason.SPAM, since=NOW
)


def links(random: Random, number: int) -> list[Link]:
    """Return links that differ in everything that lists depend on, and often tie."""
    return [_link(random, each) for each in range(1, number + 1)]


def _link(random: Random, number: int) -> Link:
    made = NOW - timedelta(seconds=random.randrange(4), microseconds=number % 2)
    options = LinkOptions(
        title=random.choice(_TITLES),
        notes=random.choice((None, "two\nlines", "spring")),
        disabled=random.random() < 0.2,
        tags=random.choice(_TAGS),
        max_clicks=random.choice((None, None, 2)),
        archived=random.random() < 0.2,
        crawlable=random.random() < 0.2,
        rules=random.choice(((), (), ({"when": {}, "url": None},))),
        variants=random.choice(((), (), ({"url": "https://b.example", "weight": 5},))),
        password=random.choice((None, None, None, PASSWORD)),
        quarantine=random.choice((None, None, None, None, _QUARANTINE)),
        valid_since=random.choice((None, None, NOW, NOW + timedelta(days=1))),
        valid_until=random.choice((None, None, NOW, NOW - timedelta(days=1))),
    )
    if options.valid_since and options.valid_until:
        options = replace(options, valid_until=None)
    return Link(
        id=number,
        code=f"{random.choice(_CODES)}{number}",
        target=f"https://{random.choice(_HOSTS)}{random.choice(_PATHS)}",
        created_at=made,
        updated_at=made + timedelta(seconds=random.randrange(3)),
        domain=random.choice(("", "", "go.example.org")),
        version=2,
        options=options,
        deleted_at=NOW if random.random() < 0.2 else None,
    )


async def up_to_date(lists: LinkLists) -> None:
    """Return once every change is in the lists."""
    while await lists.list_changed(limit=7) or await lists.list_older(limit=7):
        pass
    while not await lists.compare_clicks(limit=7):
        pass


async def all_pages(
    lists: LinkLists, wanted: LinkFilter, sort: Sort, limit: int
) -> Sequence[CountedLink]:
    """Return a whole list, read in pages of *limit* links."""
    found: list[CountedLink] = []
    after: Place | None = None
    while True:
        page = await lists.page(wanted, sort=sort, now=NOW, after=after, limit=limit)
        assert len(page.links) <= limit
        found += page.links
        if page.follows is None:
            return found
        assert page.follows != after, "every page goes on"
        after = page.follows
