"""Time reports of invented clicks.

    python -m bench.demo FOLDER [--store sqlite|postgres|clickhouse] [--clicks N]

The clicks are those of `waypost demo`, which makes them below FOLDER, or uses what is
there; the server of the store is started for it and stopped again. `--times` adds each
click of ClickHouse again so many times, by visitors of its own, which is faster. Each
figure is the median of some runs after a first one, and the lowest and highest, in
milliseconds by the clock; a busy machine makes them longer, so the processor time of
this process and of the server stand beside it.
"""

import argparse
import asyncio
import os
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.demo.filling import Demo, fill
from bench.demo.multiplying import multiply
from bench.demo.questions import Case, cases
from bench.demo.stores import (
    Running,
    StoreKind,
    running,
    stop_servers_when_ended,
)
from bench.usage import usage_of
from waypost.config import load_settings
from waypost.wiring.analytics.store import ClickStore, open_click_store


class Times(NamedTuple):
    """Milliseconds of each run."""

    clock: Sequence[float]
    processor: Sequence[float]
    server: float
    """Of its processor, on average."""


async def _timed(store: ClickStore, case: Case, runs: int, pid: int | None) -> Times:
    await store.ask(case.query, case.questions)
    clock, processor = [], []
    before = usage_of(pid).cpu_seconds if pid else 0.0
    for _ in range(runs):
        begin, begin_processor = time.perf_counter(), time.process_time()
        await store.ask(case.query, case.questions)
        clock.append((time.perf_counter() - begin) * 1000)
        processor.append((time.process_time() - begin_processor) * 1000)
    after = usage_of(pid).cpu_seconds if pid else 0.0
    return Times(clock, processor, (after - before) * 1000 / runs)


async def _measure(there: Running, times: int, runs: int) -> None:
    settings = load_settings(**there.settings)
    if times > 1:
        await multiply(settings, times)
    async with open_click_store(settings) as store:
        for case in await cases(store):
            found = await _timed(store, case, runs, there.pid)
            print(
                f"{case.name:36}{median(found.clock):8.1f} ms "
                f"({min(found.clock):.1f} to {max(found.clock):.1f})"
                f"{median(found.processor):10.1f} ms of processor, "
                f"{found.server:.0f} of the server's",
                flush=True,
            )


def main() -> None:
    """Make the clicks where they are missing, and time reports."""
    parser = argparse.ArgumentParser(prog="python -m bench.demo")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--store", type=StoreKind, default=StoreKind.SQLITE)
    parser.add_argument("--clicks", type=int, default=1_000_000)
    parser.add_argument("--links", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--runs", type=int, default=9)
    wanted = parser.parse_args()
    if wanted.times > 1 and wanted.store is not StoreKind.CLICKHOUSE:
        parser.error("--times is for --store clickhouse")
    stop_servers_when_ended()
    with running(wanted.store, wanted.folder) as there:
        fill(Demo(wanted.clicks, wanted.links), there.settings)
        asyncio.run(_measure(there, wanted.times, wanted.runs))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"at most {most} MB of memory for reports")
    print("load of the machine: {:.1f}, {:.1f}, {:.1f}".format(*os.getloadavg()))


if __name__ == "__main__":
    main()
