"""The scenarios by name; those that are a page long have a file of their own."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.database import counted, number_of_links, settle, with_links
from bench.distributed import distributed
from bench.ingest import ingest, rows
from bench.load import walk, wrk
from bench.load.flood import flood
from bench.load.latency import latency
from bench.load.rules import rules
from bench.pages import pages
from bench.plan import Plan, progress
from bench.redirects import redirect
from bench.report import Report
from bench.servers import MAKE_RUN, SERVE, waypost
from bench.usage import usage_of

MEMORY_LINKS = 100_000
MEMORY_TURNS = 10
CREATE_CONNECTIONS = 8
STARTS = 5


def memory(plan: Plan, report: Report) -> None:
    """Measure a fresh server's memory after 1 million redirects over 100,000 links."""
    data = plan.folder / "memory"
    codes = with_links(data, number=MEMORY_LINKS)
    with waypost(data) as server:
        fresh = usage_of(server.pid)
        for number in range(MEMORY_TURNS):
            walk.follow(server.port, codes)
            used = usage_of(server.pid)
            progress(
                f"{(number + 1) * len(codes):,} redirects",
                {"resident": f"{used.resident_mb:.1f} MB"},
            )
        settle(data, clicks=MEMORY_TURNS * len(codes))
    report.add("resident when started, MB", [fresh.resident_mb], form=".1f")
    report.add(
        "resident after 1 million redirects, MB",
        [used.resident_mb],
        form=".1f",
        at_most=120,
    )
    report.add("  peak, MB", [used.peak_mb], form=".1f")
    report.compare(
        "  redirects",
        answered=MEMORY_TURNS * len(codes),
        stored=counted(data),
        cut_off=0,
    )


def start(plan: Plan, report: Report) -> None:
    """Measure from the command to the first redirect, with the environment built."""
    data = plan.folder / "start"
    code = with_links(data, number=1)[0]
    command = MAKE_RUN if shutil.which("make") else SERVE
    with waypost(data, command=command):
        progress("first start", {"builds": "what is not built yet"})
    seconds, processor = [], []
    for number in range(STARTS):
        begin = time.perf_counter()
        with waypost(data, command=command, first=code, status=307) as server:
            seconds.append(time.perf_counter() - begin)
            processor.append(usage_of(server.pid).cpu_seconds)
        found = {"took": f"{seconds[-1]:.2f} s", "processor": f"{processor[-1]:.2f} s"}
        progress(f"start {number + 1} of {STARTS}", found)
    name = "make run" if command is MAKE_RUN else "waypost serve"
    report.add(f"`{name}` to first redirect, s", seconds, form=".2f", at_most=2.0)
    report.add("  processor time, s", processor, form=".2f")


def creates(plan: Plan, report: Report) -> None:
    """Measure how many links per second are created one by one."""
    data = plan.folder / "creates"
    with_links(data, number=1)
    results = []
    with waypost(data) as server:
        for number in range(plan.rounds):
            result = wrk.create(
                plan.wrk,
                server.url,
                word=str(number),
                connections=CREATE_CONNECTIONS,
                seconds=plan.seconds,
            )
            results.append(result)
            progress(
                f"round {number + 1} of {plan.rounds}",
                {"creates": f"{result.rate:,.0f}/s"},
            )
    report.add("creates/s", [one.rate for one in results], at_least=1000)
    report.add("  p50, ms", [one.p50_ms for one in results], form=".2f")
    report.add("  p99, ms", [one.p99_ms for one in results], form=".2f")
    failures = sum(one.broken + one.refused for one in results)
    if failures:
        report.errors.append(f"{failures:,} links could not be created.")
    report.compare(
        "  creates",
        answered=sum(one.requests - one.refused for one in results),
        stored=number_of_links(data) - 1,
        cut_off=CREATE_CONNECTIONS * len(results),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario, and whether it needs wrk."""

    measure: Callable[[Plan, Report], None]
    needs_wrk: bool


SCENARIOS = {
    "redirect": Scenario(measure=redirect, needs_wrk=True),
    "latency": Scenario(measure=latency, needs_wrk=True),
    "memory": Scenario(measure=memory, needs_wrk=False),
    "start": Scenario(measure=start, needs_wrk=False),
    "creates": Scenario(measure=creates, needs_wrk=True),
    "flood": Scenario(measure=flood, needs_wrk=False),
    "pages": Scenario(measure=pages, needs_wrk=True),
    "rules": Scenario(measure=rules, needs_wrk=True),
    "distributed": Scenario(measure=distributed, needs_wrk=True),
    "ingest": Scenario(measure=ingest, needs_wrk=False),
    "rows": Scenario(measure=rows, needs_wrk=False),
}
