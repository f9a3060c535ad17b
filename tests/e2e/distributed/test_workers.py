"""Several servers on one port: `waypost serve --workers`."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.process import Visitor, WaypostProcess

pytestmark = pytest.mark.slow

TRANSFER_SECONDS = 120.0


def _workers(server: WaypostProcess) -> list[int]:
    """Return the process ids of the workers that are running."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def _server(tmp_path: Path, postgres_url: str) -> WaypostProcess:
    return WaypostProcess(
        tmp_path / "data",
        settings={"DATABASE_URL": postgres_url},
        command=("serve", "--workers", "2"),
    )


async def _visit(visitors: list[Visitor], server: WaypostProcess) -> None:
    """Follow links for two seconds, and kill a worker in the middle."""
    until = asyncio.Event()
    visits = [asyncio.create_task(one.visit(server.port, until)) for one in visitors]
    await asyncio.sleep(1)
    os.kill(_workers(server)[0], signal.SIGKILL)
    await asyncio.sleep(1)
    until.set()
    await asyncio.gather(*visits)


def test_workers_share_everything(tmp_path: Path, postgres_url: str) -> None:
    """A link made by one is known to the others; a killed one comes back; all count."""
    with _server(tmp_path, postgres_url) as server:
        codes = [server.shorten(f"https://example.com/{n}") for n in range(8)]
        for _ in range(10):
            for number, code in enumerate(codes):
                status, headers, _ = server.request(f"/{code}")
                assert (status, headers["location"]) == (
                    307,
                    f"https://example.com/{number}",
                )
        before = set(_workers(server))
        visitors = [Visitor(code) for code in codes]
        asyncio.run(_visit(visitors, server))
        deadline = time.monotonic() + TRANSFER_SECONDS
        while len(after := _workers(server)) < 2:
            assert time.monotonic() < deadline, "the killed worker did not come back"
            time.sleep(0.05)
        # The journal of the killed one is read again when it is back.
        server.request("/health")
        settled = server.all_settled_clicks(
            {visitor.code: visitor.answered + 10 for visitor in visitors}
        )
        counted = [settled[code] - 10 for code in codes]
    assert len(before & set(after)) == 1
    for visitor, clicks in zip(visitors, counted, strict=True):
        assert visitor.answered > 0
        assert visitor.answered <= clicks <= visitor.answered + visitor.in_doubt


def test_stopping_stops_every_process(tmp_path: Path, postgres_url: str) -> None:
    """SIGTERM ends all of them, in good order."""
    with _server(tmp_path, postgres_url) as server:
        deadline = time.monotonic() + TRANSFER_SECONDS
        while server.log.read_text().count('"server.ready"') < 2:
            assert time.monotonic() < deadline, server.log.read_text()
            time.sleep(0.02)
        workers = _workers(server)
        assert server.stop() == 0
    assert len(workers) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    events = [
        json.loads(line)["event"]
        for line in server.log.read_text().splitlines()
        if line.startswith("{")
    ]
    assert events.count("server.stopped") == 2
    assert "workers.stopped" in events
