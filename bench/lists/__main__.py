"""Fill a database with links, bring them into the lists, and time pages.

    python -m bench.lists [--links NUMBER] [--times COPIES] [--postgres URL]
                          [--folder PATH]

A million links take some minutes, ten million an hour; `--times 25` has each of them 25
times, and takes minutes. A folder that is kept is used again. Times are of the clock
and of this process's processor, which with SQLite does all of it; on a busy machine the
processor's say more.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Final

from bench.lists.links import link
from bench.lists.multiplying import multiply
from waypost.adapters.sql import migrate
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.listing.errors import SortNeedsFilter
from waypost.domain.listing.filters import (
    Feature,
    LinkFilter,
    Moments,
    Numbers,
    Sort,
    SortKey,
)
from waypost.domain.verdict import LinkState
from waypost.ports.links import LinkLists

_BATCH: Final = 5_000
_PAGES: Final = 40
"""Pages of each list that are timed, the first included, one after the other."""
_NOW: Final = datetime.now(UTC)

LISTS: Final[dict[str, tuple[LinkFilter, Sort]]] = {
    "newest": (LinkFilter(), Sort()),
    "oldest": (LinkFilter(), Sort(is_descending=False)),
    "by code": (LinkFilter(), Sort(key=SortKey.CODE, is_descending=False)),
    "most clicked": (LinkFilter(), Sort(key=SortKey.CLICKS)),
    "a word of every link": (LinkFilter(words=("example",)), Sort()),
    "a word of a hundredth": (LinkFilter(words=("topic7",)), Sort()),
    "the same by clicks": (LinkFilter(words=("topic7",)), Sort(key=SortKey.CLICKS)),
    "a word of a ten-thousandth": (LinkFilter(words=("title77",)), Sort()),
    "two frequent words": (LinkFilter(words=("topic7", "campaign3")), Sort()),
    "a beginning of one letter": (LinkFilter(words=("t",)), Sort()),
    "a word that no link has": (LinkFilter(words=("nothing",)), Sort()),
    "a host of a thousandth": (LinkFilter(host="shop7.example.com"), Sort()),
    "a host of all": (LinkFilter(host="example.com"), Sort(key=SortKey.CODE)),
    "expired": (LinkFilter(states=frozenset({LinkState.EXPIRED})), Sort()),
    "disabled, by clicks": (
        LinkFilter(states=frozenset({LinkState.DISABLED})),
        Sort(key=SortKey.CLICKS),
    ),
    "made in an hour": (
        LinkFilter(created=Moments(start=_NOW - timedelta(hours=1))),
        Sort(key=SortKey.CODE),
    ),
    "a limit": (LinkFilter(has=frozenset({Feature.MAX_CLICKS})), Sort()),
    "rules, by clicks": (
        LinkFilter(has=frozenset({Feature.RULES})),
        Sort(key=SortKey.CLICKS),
    ),
    "without a title": (LinkFilter(lacks=frozenset({Feature.TITLE})), Sort()),
    "an end, by it": (
        LinkFilter(has=frozenset({Feature.EXPIRY})),
        Sort(key=SortKey.VALID_UNTIL),
    ),
    "a host, by title": (
        LinkFilter(host="shop7.example.com"),
        Sort(key=SortKey.TITLE),
    ),
    "a limit, by title": (
        LinkFilter(has=frozenset({Feature.MAX_CLICKS})),
        Sort(key=SortKey.TITLE),
    ),
    "a limit, by URL": (
        LinkFilter(has=frozenset({Feature.MAX_CLICKS})),
        Sort(key=SortKey.URL),
    ),
    "a thousand clicks": (LinkFilter(clicks=Numbers(least=1_000)), Sort()),
}
"""What is listed, by its description."""


async def _fill(storage: SqlStorage, number: int) -> None:
    """Store links up to *number*, behind those that there are."""
    newest = await storage.links.newest(limit=1)
    first = newest[0].link.id + 1 if newest else 1
    for start in range(first, number + 1, _BATCH):
        ids = range(start, min(start + _BATCH, number + 1))
        async with storage.transaction() as transaction:
            await transaction.links.add([link(one, now=_NOW) for one in ids])
            await transaction.clicks.add(
                clicks={one: one % 7_919 for one in ids if one % 5 == 0},
                counted={},
                positions={},
            )
        while await storage.lists.list_changed(limit=_BATCH):
            pass
        print(f"\r{ids[-1]:,} links", end="", flush=True)
    while not await storage.lists.compare_clicks(limit=_BATCH):
        pass
    print()


async def _pages(
    lists: LinkLists, wanted: LinkFilter, sort: Sort
) -> tuple[Sequence[float], Sequence[float]]:
    """Return how long each of some pages took, by the clock and of the processor.

    Print what was found on them.
    """
    seconds: list[float] = []
    processor: list[float] = []
    after, found, short = None, 0, 0
    while len(seconds) < _PAGES:
        began, computed = time.perf_counter(), time.process_time()
        page = await lists.page(wanted, sort=sort, now=_NOW, after=after, limit=50)
        seconds.append(time.perf_counter() - began)
        processor.append(time.process_time() - computed)
        found += len(page.links)
        short += page.follows is not None and len(page.links) < 50
        # From the beginning again: short lists are timed as often as long ones.
        after = page.follows
    print(f"{found:>7,} links, {short:>2} short pages", end="  ")
    return seconds, processor


def _say(name: str, seconds: Sequence[float]) -> None:
    cuts = quantiles(seconds, n=100, method="inclusive")
    print(f"{name} p50 {cuts[49] * 1e3:6.1f} p99 {cuts[98] * 1e3:6.1f} ms", end="  ")


async def _measure(url: str, number: int, times: int) -> None:
    migrate.upgrade(url)
    storage = await SqlStorage.open(url, timeout_seconds=600)
    async with aclosing(storage):
        began = time.perf_counter()
        await _fill(storage, number)
        newest = await storage.links.newest(limit=1)
        if times > 1 and newest[0].link.id == number:
            await multiply(url, number, times)
        print(f"filled in {time.perf_counter() - began:,.0f} s")
        for name, (wanted, sort) in LISTS.items():
            print(f"{name:<28}", end="")
            try:
                seconds, processor = await _pages(storage.lists, wanted, sort)
            except SortNeedsFilter:
                print("refused: there are too many")
                continue
            _say("clock", seconds)
            _say("processor", processor)
            print()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=1, help="of each link")
    parser.add_argument("--postgres", metavar="URL", help="an empty database")
    parser.add_argument("--folder", type=Path, help="for the SQLite file")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        path = (options.folder or Path(folder)) / "lists.db"
        url = options.postgres or f"sqlite:///{path}"
        asyncio.run(_measure(url, options.links, options.times))


if __name__ == "__main__":
    main()
