"""What the process that stores clicks counts is in the metrics of its server."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess
from tests.e2e.reports.children import rows_child

WAIT_SECONDS = 120.0
CLICKS = 20
STEPS = {
    *("moment", "place", "client", "language", "referrer"),
    *("campaign", "source", "machine", "agent", "visitor"),
}
_SECONDS = 'waypost_enrichment_seconds_total{step="'
_CLICKS = "waypost_enriched_clicks_total"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WaypostProcess]:
    """Give a server that keeps clicks for reports."""
    with WaypostProcess(tmp_path / "data", reports=True) as started:
        yield started


def _counters(server: WaypostProcess) -> dict[str, float]:
    """Return the counters of enrichment by name and labels."""
    _, _, body = server.request("/metrics")
    lines = (line.rpartition(" ") for line in body.decode().splitlines())
    return {
        name: float(value)
        for name, _, value in lines
        if "_total" in name and name.startswith(("waypost_enrich", "waypost_clicks_a"))
    }


def _visit(server: WaypostProcess, code: str) -> None:
    headers = {"User-Agent": "curl/8.5.0", "Accept-Language": "de-CH,de;q=0.9"}
    for _ in range(CLICKS):
        assert server.request(f"/{code}", headers=headers)[0] == 307


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.1)


@pytest.mark.slow
def test_the_steps_are_counted_also_after_a_kill(server: WaypostProcess) -> None:
    """Each step has its time and number, and none falls when the process is killed."""
    code = server.shorten("https://example.com/")
    _visit(server, code)
    _wait(lambda: _counters(server).get(_CLICKS) == CLICKS)
    before = _counters(server)
    assert {f'{_SECONDS}{step}"}}' for step in STEPS} <= before.keys()
    assert before['waypost_enrichment_known_total{step="machine"}'] == CLICKS
    assert before['waypost_enrichment_known_total{step="language"}'] == CLICKS
    assert before['waypost_enrichment_known_total{step="campaign"}'] == 0

    killed = rows_child(server)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    _wait(lambda: rows_child(server) not in {None, killed})
    _visit(server, code)
    _wait(lambda: _counters(server)[_CLICKS] >= 2 * CLICKS)
    after = _counters(server)
    assert after[_CLICKS] == 2 * CLICKS
    assert all(after[name] >= value for name, value in before.items())
    assert after[f'{_SECONDS}place"}}'] > before[f'{_SECONDS}place"}}']
