"""How many redirects per second Waypost answers, and nginx, by the same client.

The servers take turns, so that other load of the machine affects both. Waypost
first finishes counting the clicks of its turn: otherwise it would slow nginx down, and
its own processor time would be measured too low.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.database import counted, settle, with_links
from bench.load import walk, wrk
from bench.plan import Plan, progress
from bench.report import Report
from bench.servers import Server
from bench.usage import Usage, usage_of

LINKS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One run of wrk against one server."""

    result: wrk.WrkResult
    cpu_seconds: float
    """Processor time until the last click is counted."""

    @property
    def cpu_per_thousand(self) -> float:
        """Seconds of processor time per 1,000 requests."""
        return self.cpu_seconds / self.result.requests * 1000


def redirect(plan: Plan, report: Report) -> None:
    """Compare the rates, and compare the clicks counted with the redirects answered."""
    data = plan.folder / "redirect"
    codes = with_links(data, number=LINKS)
    with plan.sides(data) as servers:
        warm_up(servers, codes)
        turns = _take_turns(plan, servers, data)
        usages = {name: usage_of(server.pid) for name, server in servers.items()}
    _add_rates(report, turns, usages)
    _check(report, turns, counted(data))


def warm_up(servers: dict[str, Server], codes: Sequence[str]) -> None:
    """Follow each code once, so that no server meets it for the first time later."""
    rates = {}
    for name, server in servers.items():
        begin = time.perf_counter()
        walk.follow(server.port, codes)
        rates[name] = len(codes) / (time.perf_counter() - begin)
    progress("each link once", {name: f"{rate:,.0f}/s" for name, rate in rates.items()})


def _take_turns(
    plan: Plan, servers: dict[str, Server], data: Path
) -> dict[str, list[Turn]]:
    turns: dict[str, list[Turn]] = defaultdict(list)
    answered = LINKS
    settle(data, clicks=answered)
    for number in range(1, plan.rounds + 1):
        for name, server in servers.items():
            before = usage_of(server.pid).cpu_seconds
            result = wrk.follow(
                plan.wrk, server.url, codes=data / "codes", seconds=plan.seconds
            )
            if name == "waypost":
                answered += result.requests
                settle(data, clicks=answered)
            used = usage_of(server.pid).cpu_seconds - before
            turns[name].append(Turn(result=result, cpu_seconds=used))
        progress(
            f"round {number} of {plan.rounds}",
            {name: f"{one[-1].result.rate:,.0f}/s" for name, one in turns.items()},
        )
    return turns


def _add_rates(
    report: Report, turns: dict[str, list[Turn]], usages: dict[str, Usage]
) -> None:
    rates = {name: [turn.result.rate for turn in some] for name, some in turns.items()}
    if "nginx" in rates:
        pairs = zip(rates["waypost"], rates["nginx"], strict=True)
        ratios = [ours / theirs for ours, theirs in pairs]
        report.add("redirects, waypost / nginx", ratios, form=".2f", at_least=0.40)
    for name, some in turns.items():
        results = [turn.result for turn in some]
        report.add(f"redirects/s, {name}", rates[name])
        report.add(
            "  p50 at full load, ms", [one.p50_ms for one in results], form=".2f"
        )
        report.add(
            "  p99 at full load, ms", [one.p99_ms for one in results], form=".2f"
        )
        cpu = [turn.cpu_per_thousand for turn in some]
        report.add("  CPU s per 1,000 redirects", cpu, form=".3f")
        report.add("  resident, MB", [usages[name].resident_mb], form=".1f")


def _check(report: Report, turns: dict[str, list[Turn]], clicks: int) -> None:
    """Look for refusals, and for clicks that are lost or counted twice."""
    for name, some in turns.items():
        failures = sum(turn.result.broken + turn.result.refused for turn in some)
        if failures:
            report.errors.append(f"{name} failed to redirect {failures:,} times.")
    ours = turns["waypost"]
    report.compare(
        "redirects",
        answered=LINKS + sum(turn.result.requests for turn in ours),
        stored=clicks,
        cut_off=wrk.CONNECTIONS * len(ours),
    )
