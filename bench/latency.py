"""What visitors wait at half of Waypost's highest rate."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from bench import wrk
from bench.database import settle, with_links
from bench.plan import Plan, progress
from bench.redirects import LINKS, warm_up
from bench.report import Report
from bench.usage import family

Placing = Callable[[int], AbstractContextManager[None]]
"""Where the server with a process id runs while it is visited."""

Figures = dict[str, list[wrk.WrkResult]]


def latency(plan: Plan, report: Report) -> None:
    """Measure at half of the rate, with the client anywhere and on a core of its own.

    With few cores a scheduler moves client and server about, and the slowest answers
    tell of that.
    """
    data = plan.folder / "latency"
    codes = with_links(data, number=LINKS)
    places: dict[str, Placing] = {"": lambda _pid: nullcontext()}
    if _can_part():
        places[", apart"] = _apart
    figures: Figures = defaultdict(list)
    with plan.sides(data) as servers:
        url, file = servers["waypost"].url, data / "codes"
        warm_up(servers, codes)
        full = wrk.follow(plan.wrk, url, codes=file, seconds=plan.seconds)
        answered = len(codes) + full.requests
        settle(data, clicks=answered)
        rate = full.rate / 2
        for number in range(1, plan.rounds + 1):
            found = {}
            for place, placing in places.items():
                for name, server in servers.items():
                    with placing(server.pid):
                        visits = wrk.visit(
                            plan.wrk,
                            server.url,
                            codes=file,
                            seconds=plan.seconds,
                            rate=rate,
                        )
                    figures[name + place].append(visits)
                    found[name + place] = f"p99 {visits.p99_ms:.2f} ms"
                answered += visits.requests
                settle(data, clicks=answered)
            progress(f"round {number} of {plan.rounds}", found)
    report.add("half of the highest rate, redirects/s", [rate])
    _add(report, figures)


def _add(report: Report, figures: Figures) -> None:
    for name, some in figures.items():
        promise = 2.0 if name.startswith("waypost") else None
        p99 = [one.p99_ms for one in some]
        report.add(f"  visits/s, {name}", [one.rate for one in some])
        report.add(f"  p50, {name}, ms", [one.p50_ms for one in some], form=".2f")
        report.add(f"  p99, {name}, ms", p99, form=".2f", at_most=promise)


def _can_part() -> bool:
    return hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1


@contextmanager
def _apart(pid: int) -> Iterator[None]:
    """Keep the server *pid* on one core, and what is started meanwhile off it."""
    cores = os.sched_getaffinity(0)
    servers_own = {min(cores)}
    _place(pid, servers_own)
    os.sched_setaffinity(0, cores - servers_own)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        _place(pid, cores)


def _place(pid: int, cores: set[int]) -> None:
    for process in family(pid):
        for thread in Path(f"/proc/{process}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores)
