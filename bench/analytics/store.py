"""Fill a store of clicks and time it.

    python -m bench.analytics.store [MILLIONS] [--postgres URL]

Short: a minute for a million clicks, some for ten. Times are medians of a few runs, in
milliseconds of this process's processor time and of the clock; a busy machine changes
the second kind only.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from bench.analytics import synthetic
from waypost.adapters.columns.store import ClickStore, open_postgres, open_sqlite
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Breakdown,
    ClickQuery,
    Filter,
    Order,
    Question,
    Series,
    TopLinks,
    Totals,
)

_SINGLE: Final = 150_000
"""How many clicks are added one by one."""
_BATCH: Final = 2_000
_START: Final = synthetic.FIRST_DAY * DAY_MS
_END: Final = _START + synthetic.DAYS * DAY_MS
_ALL: Final = ClickQuery(start_ms=_START, end_ms=_END)
_BY_DAY: Final = Series(tuple(range(_START, _END + 1, DAY_MS)))
_DIMENSIONS: Final = (
    Dimension.COUNTRY,
    Dimension.CITY,
    Dimension.DEVICE,
    Dimension.OS,
    Dimension.BROWSER,
    Dimension.REFERRER,
    Dimension.CHANNEL,
    Dimension.UTM_SOURCE,
)
_BREAKDOWNS: Final = [Breakdown(each, Order.PEOPLE, 10) for each in _DIMENSIONS]
_PAGE: Final[tuple[Question, ...]] = (Totals(), _BY_DAY, *_BREAKDOWNS)
_FILTERS: Final = (
    Filter(dimension=Dimension.COUNTRY, values=frozenset({"country-1"})),
    Filter(dimension=Dimension.CHANNEL, values=frozenset({"channel-1"})),
)
_ONE: Final[tuple[Question, ...]] = (Breakdown(Dimension.BROWSER, Order.PEOPLE, 10),)


def _of(link: int) -> ClickQuery:
    return replace(_ALL, links=frozenset({link}))


QUESTIONS: Final[dict[str, tuple[ClickQuery, tuple[Question, ...]]]] = {
    "page of the hottest link": (_of(1), _PAGE),
    "page of the 100th link": (_of(100), _PAGE),
    "page of the 50,000th link": (_of(50_000), _PAGE),
    "filtered page of the hottest link": (replace(_of(1), filters=_FILTERS), _PAGE),
    "page of everything": (_ALL, _PAGE),
    "filtered breakdown of everything": (replace(_ALL, filters=_FILTERS), _ONE),
    "filtered page of everything": (replace(_ALL, filters=_FILTERS), _PAGE),
    "page of 1,000 links": (replace(_ALL, links=frozenset(range(1, 1001))), _PAGE),
    "top links of everything": (_ALL, (TopLinks(Order.PEOPLE, 10),)),
}


async def _measure(run: Callable[[], Coroutine[object, object, object]]) -> str:
    walls: list[float] = []
    cpus: list[float] = []
    while len(walls) < 9 and (len(walls) < 3 or sum(walls) < 3):
        wall, cpu = time.perf_counter(), time.process_time()
        await run()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return f"{median(cpus) * 1e3:8.1f} ms of processor {median(walls) * 1e3:8.1f} ms"


async def _fill(store: ClickStore, clicks: int) -> None:
    seconds = 0.0
    for day in synthetic.days(clicks):
        before = time.process_time()
        await store.add_day(day, now_ms=_END + DAY_MS)
        seconds += time.process_time() - before
    print(f"{'whole days at once':36} {clicks / seconds:10,.0f} clicks per CPU second")


async def _take(store: ClickStore) -> None:
    """Add clicks one by one, with all upkeep, and print how many a second takes."""
    made = synthetic.days(_SINGLE * synthetic.DAYS, seed=2)
    clicks = synthetic.singly(next(made)._replace(day=synthetic.FIRST_DAY - 1))
    before, now_ms = time.process_time(), _START + DAY_MS
    for start in range(0, len(clicks), _BATCH):
        await store.add(clicks[start : start + _BATCH])
        await store.keep(now_ms=_START)
    while await store.keep(now_ms=now_ms):
        pass
    seconds = time.process_time() - before
    print(f"{'one by one, compacted and sealed':36} {len(clicks) / seconds:10,.0f}")


async def _run(store: ClickStore, clicks: int, size: Callable[[], int]) -> None:
    await _fill(store, clicks)
    print(f"{'bytes per click':36} {size() / clicks:10.1f}")
    print(f"{'memory, MB':36} {_memory():10.0f}")
    for name, (query, questions) in QUESTIONS.items():
        print(f"{name:36} {await _measure(partial(store.ask, query, questions))}")
    print(f"{'memory, MB':36} {_memory():10.0f}")
    await _take(store)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


async def _main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.analytics.store")
    parser.add_argument("millions", nargs="?", type=float, default=1.0)
    parser.add_argument("--postgres", metavar="URL")
    given = parser.parse_args(arguments)
    clicks = round(given.millions * 1_000_000)
    if given.postgres:
        async with await open_postgres(given.postgres, timeout_seconds=60) as store:
            await _run(store, clicks, lambda: 0)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clicks.db"
        async with await open_sqlite(path, report_seconds=600) as store:
            await _run(store, clicks, lambda: path.stat().st_size)


if __name__ == "__main__":
    asyncio.run(_main())
