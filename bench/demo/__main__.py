"""Time reports: `python -m bench.demo FOLDER [--clicks N] [--links N]`.

The clicks are those of `waypost demo`, which makes them in FOLDER, or uses what is
there. With DATABASE_URL, as always, they are in PostgreSQL. Each figure is the median
of some runs after a first one, and the lowest and highest, in milliseconds by the
clock; a busy machine makes them longer, so the processor time stands beside it.
"""

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from waypost.config import load_settings
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Breakdown,
    ByLink,
    ClickQuery,
    Filter,
    Order,
    Question,
    Series,
    TopLinks,
    Totals,
)
from waypost.wiring.analytics.store import ClickStore, open_click_store

_DIMENSIONS: Final = (
    Dimension.COUNTRY,
    Dimension.CITY,
    Dimension.DEVICE,
    Dimension.OS,
    Dimension.BROWSER,
    Dimension.REFERRER,
    Dimension.CHANNEL,
    Dimension.UTM_CAMPAIGN,
)
_FILTERS: Final = (
    Filter(dimension=Dimension.COUNTRY, values=frozenset({"DE"})),
    Filter(dimension=Dimension.CHANNEL, values=frozenset({"social"})),
)
_SMALL: Final = 25
"""About how many clicks the small link has."""


class Case(NamedTuple):
    """What is asked."""

    name: str
    query: ClickQuery
    questions: Sequence[Question]


class Times(NamedTuple):
    """Milliseconds of each run."""

    clock: Sequence[float]
    processor: Sequence[float]


def _page(query: ClickQuery) -> list[Question]:
    days = range(query.start_ms, query.end_ms + 1, DAY_MS)
    breakdowns = [Breakdown(each, Order.PEOPLE, 10) for each in _DIMENSIONS]
    return [Totals(), Series(tuple(days)), *breakdowns]


async def _cases(store: ClickStore, whole: ClickQuery) -> list[Case]:
    """Return what is asked; links are chosen by their clicks."""
    (top,) = (await store.ask(whole, [TopLinks(Order.CLICKS, 1_000_000)])).answers
    assert isinstance(top, ByLink), "links were asked for"
    clicks = {each.link_id: each.numbers.clicks for each in top.listed}
    small = min(clicks, key=lambda link: abs(clicks[link] - _SMALL))
    hottest = replace(whole, links=frozenset({top.listed[0].link_id}))
    one = replace(whole, links=frozenset({small}))
    filtered = replace(whole, filters=_FILTERS)
    by_browser = [Breakdown(Dimension.BROWSER, Order.PEOPLE, 10)]
    print(
        f"{sum(clicks.values()):,} clicks, {len(clicks):,} links; "
        f"hottest {top.listed[0].numbers.clicks:,}, small {clicks[small]:,}"
    )
    return [
        Case("page, hottest link", hottest, _page(whole)),
        Case("page, everything", whole, _page(whole)),
        Case("page, small link", one, _page(whole)),
        Case("one filtered breakdown, everything", filtered, by_browser),
        Case("filtered page, everything", filtered, _page(whole)),
        Case(
            "filtered page, hottest link",
            replace(hottest, filters=_FILTERS),
            _page(whole),
        ),
    ]


async def _timed(store: ClickStore, case: Case, runs: int) -> Times:
    await store.ask(case.query, case.questions)
    clock, processor = [], []
    for _ in range(runs):
        begin, begin_processor = time.perf_counter(), time.process_time()
        await store.ask(case.query, case.questions)
        clock.append((time.perf_counter() - begin) * 1000)
        processor.append((time.process_time() - begin_processor) * 1000)
    return Times(clock, processor)


async def _measure(folder: Path, runs: int, first_day: int, days: int) -> None:
    start = first_day * DAY_MS
    whole = ClickQuery(start_ms=start, end_ms=start + days * DAY_MS)
    async with open_click_store(load_settings(DATA_DIR=folder)) as store:
        for case in await _cases(store, whole):
            times = await _timed(store, case, runs)
            print(
                f"{case.name:36}{median(times.clock):8.1f} ms "
                f"({min(times.clock):.1f} to {max(times.clock):.1f})"
                f"{median(times.processor):10.1f} ms of processor"
            )


def main() -> None:
    """Make the clicks where they are missing, and time reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clicks", type=int, default=1_000_000)
    parser.add_argument("--links", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=9)
    wanted = parser.parse_args()
    days, first_day = 90, 20_454
    command = [sys.executable, "-m", "waypost", "demo", "--until", "2026-03-31"]
    command += ["--clicks", str(wanted.clicks), "--links", str(wanted.links)]
    begin = time.perf_counter()
    # In a process of its own, whose memory is its own.
    environment = {**os.environ, "DATA_DIR": str(wanted.folder)}
    subprocess.run(command, check=True, env=environment)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"made or found in {time.perf_counter() - begin:.1f} s, "
        f"{children.ru_utime + children.ru_stime:.1f} s of processor, "
        f"at most {children.ru_maxrss // 1024} MB"
    )
    asyncio.run(_measure(wanted.folder, wanted.runs, first_day, days))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"at most {most} MB of memory for reports")


if __name__ == "__main__":
    main()
