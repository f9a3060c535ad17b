"""What visitors notice of programs that ask for pages and metrics all the time."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from bench.database import with_links
from bench.load.flood import visit
from bench.plan import Plan, progress
from bench.report import Report
from bench.servers import waypost

PATHS = ("/metrics", "/docs", "/openapi.json", "/", "/health")
READERS = 8


def pages(plan: Plan, report: Report) -> None:
    """Compare a visitor's waiting with and without readers of each page, in turns."""
    data = plan.folder / "pages"
    code = with_links(data, number=1)[0]
    added: dict[str, list[float]] = {path: [] for path in PATHS}
    with waypost(data) as server:
        visit(server, code, times=2_000)
        for number in range(1, plan.rounds + 1):
            for path in PATHS:
                alone = _median(visit(server, code, seconds=plan.seconds / 2))
                with _read(plan.wrk, server.url + path):
                    beside = _median(visit(server, code, seconds=plan.seconds))
                added[path].append((beside - alone) * 1000)
            found = {path: f"+{some[-1]:.2f} ms" for path, some in added.items()}
            progress(f"round {number} of {plan.rounds}", found)
    for path, some in added.items():
        name = f"p50 beside {READERS} readers of {path}, ms more"
        report.add(name, some, form=".2f", at_most=2)


@contextmanager
def _read(wrk: str, url: str) -> Iterator[None]:
    """Ask for *url* without a pause meanwhile."""
    command = [wrk, "-t1", f"-c{READERS}", "-d1h", url]
    readers = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        readers.terminate()
        readers.wait()


def _median(waits: list[float]) -> float:
    return sorted(waits)[len(waits) // 2]
