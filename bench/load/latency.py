"""What visitors wait at half of Waypost's highest rate."""

from collections import defaultdict
from contextlib import nullcontext

from bench.cores import Placing, apart, can_part
from bench.database import settle, with_links
from bench.load import wrk
from bench.plan import Plan, progress
from bench.redirects import LINKS, warm_up
from bench.report import Report
from bench.usage import family

Figures = dict[str, list[wrk.WrkResult]]


def latency(plan: Plan, report: Report) -> None:
    """Measure at half of the rate, with the client anywhere and on another core."""
    data = plan.folder / "latency"
    codes = with_links(data, number=LINKS)
    places: dict[str, Placing] = {"": lambda _pid: nullcontext()}
    if can_part():
        places[", apart"] = lambda pid: apart(family(pid))
    figures: Figures = defaultdict(list)
    with plan.sides(data) as servers:
        url, file = servers["waypost"].url, data / "codes"
        warm_up(servers, codes)
        answered, rates = len(codes), []
        for number in range(1, plan.rounds + 1):
            # Anew in each round: it is the highest rate of a machine that others use.
            full = wrk.follow(plan.wrk, url, codes=file, seconds=plan.seconds)
            answered += full.requests
            settle(data, clicks=answered)
            rates.append(full.rate / 2)
            found = {"at": f"{rates[-1]:,.0f}/s"}
            for place, placing in places.items():
                for name, server in servers.items():
                    with placing(server.pid):
                        visits = wrk.visit(
                            plan.wrk,
                            server.url,
                            codes=file,
                            seconds=plan.seconds,
                            rate=rates[-1],
                        )
                    figures[name + place].append(visits)
                    found[name + place] = f"p99 {visits.p99_ms:.2f} ms"
                answered += visits.requests
                settle(data, clicks=answered)
            progress(f"round {number} of {plan.rounds}", found)
    report.add("half of the highest rate, redirects/s", rates)
    _add(report, figures)


def _add(report: Report, figures: Figures) -> None:
    for name, some in figures.items():
        promise = 2.0 if name.startswith("waypost") else None
        p99 = [one.p99_ms for one in some]
        report.add(f"  visits/s, {name}", [one.rate for one in some])
        report.add(f"  p50, {name}, ms", [one.p50_ms for one in some], form=".2f")
        report.add(f"  p99, {name}, ms", p99, form=".2f", at_most=promise)
