"""Reports of a real server: each redirect once, also after kills of any process."""

import asyncio
import json
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.process import Visitor, WaypostProcess
from tests.e2e.reports.children import rows_child

TOKEN = "a token for the tests"
ROUNDS = 4
WAIT_SECONDS = 120.0


def total(server: WaypostProcess) -> int | None:
    """Return how many clicks reports know; None: the store is not open yet."""
    status, _, body = server.request(
        "/api/v1/reports/totals?period=all",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    if status == 503:
        return None
    assert status == 200, body
    clicks: int = json.loads(body)["clicks"]["all"]
    return clicks


async def _kill_child_now_and_then(server: WaypostProcess, until: asyncio.Event) -> int:
    kills = 0
    while not until.is_set():
        await asyncio.sleep(random.uniform(0.1, 1.5))
        pid = rows_child(server)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                kills += 1
    return kills


async def _watch(
    server: WaypostProcess, visitors: list[Visitor], until: asyncio.Event
) -> None:
    """Check that no number is above the truth, and that none falls."""
    last = 0
    while not until.is_set():
        with suppress(OSError):
            found = await asyncio.to_thread(total, server)
            truth = sum(visitor.answered + visitor.in_doubt for visitor in visitors)
            if found is not None:
                assert last <= found <= truth
                last = found
        await asyncio.sleep(0.1)


async def _round(
    server: WaypostProcess, visitors: list[Visitor], *, seconds: float, is_last: bool
) -> int:
    stop = asyncio.Event()
    visits = [asyncio.create_task(one.visit(server.port, stop)) for one in visitors]
    watching = asyncio.create_task(_watch(server, visitors, stop))
    killing = asyncio.create_task(_kill_child_now_and_then(server, stop))
    await asyncio.sleep(seconds)
    if not is_last:
        await asyncio.to_thread(server.kill)
    stop.set()
    await asyncio.gather(*visits, watching)
    return await killing


@pytest.mark.slow
def test_every_redirect_is_in_the_reports_once(tmp_path: Path) -> None:
    """After kills of the server and of the process that stores, reports are exact."""
    settings = {"ADMIN_TOKEN": TOKEN, "JOURNAL_SEGMENT_MEGABYTES": "1"}
    with WaypostProcess(tmp_path / "data", settings=settings, reports=True) as server:
        codes = [server.shorten(f"https://example.com/{n}") for n in range(4)]
        visitors = [Visitor(code) for code in codes]
        kills = 0
        for number in range(ROUNDS):
            is_last = number == ROUNDS - 1
            kills += asyncio.run(_round(server, visitors, seconds=3.0, is_last=is_last))
            if not is_last:
                server.start()
        assert kills > ROUNDS
        counted = server.all_settled_clicks(
            {visitor.code: visitor.answered for visitor in visitors}
        )
        for visitor in visitors:
            clicks = counted[visitor.code]
            assert visitor.answered <= clicks <= visitor.answered + visitor.in_doubt
        expected = sum(counted.values())
        deadline = time.monotonic() + WAIT_SECONDS
        while total(server) != expected:
            assert time.monotonic() < deadline, (total(server), expected)
            time.sleep(0.3)
        time.sleep(1.0)
        assert total(server) == expected
