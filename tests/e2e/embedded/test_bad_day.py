"""Bad days: a full disk, a locked database, and a replaced one."""

import asyncio
import json
import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.process import Visitor, WaypostProcess


async def _visit_for(
    server: WaypostProcess, visitors: list[Visitor], seconds: float
) -> None:
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(visitor.visit(server.port, stop)) for visitor in visitors
    ]
    await asyncio.sleep(seconds)
    stop.set()
    await asyncio.gather(*tasks)


def _limit_file_size() -> None:
    """Let no file of the process grow beyond 2 MB: to it, the disk is full then."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))


@pytest.mark.slow
def test_full_disk_stops_no_redirect(tmp_path: Path) -> None:
    """With no room for clicks visitors still arrive, and the loss is reported."""
    settings = {
        "JOURNAL_SEGMENT_MEGABYTES": "8",
        "INGESTION_FLUSH_INTERVAL_SECONDS": "60",
    }
    server = WaypostProcess(
        tmp_path / "data",
        settings=settings,
        before_start=_limit_file_size,
        reports=True,
    )
    with server:
        code = server.shorten("https://example.com/full")
        visitors = [Visitor(code) for _ in range(8)]
        while server.metric("waypost_clicks_dropped_total") == 0:
            asyncio.run(_visit_for(server, visitors, 0.5))
        answered = sum(visitor.answered for visitor in visitors)
        recorded = server.metric("waypost_clicks_recorded_total")
        dropped = server.metric("waypost_clicks_dropped_total")
        events = [event["event"] for event in server.log_events()]

        assert server.request(f"/{code}")[0] == 307
        assert answered == recorded + dropped
        assert events.count("journal.clicks_dropped") == 1
        # The last visitor's click may have been kept.
        counted = server.settled_clicks(code, at_least=int(recorded))
        assert counted - recorded in {0, 1}


@pytest.mark.slow
def test_clicks_fit_again_when_room_returns(tmp_path: Path) -> None:
    """Once counting has freed the journal's room, no click is dropped any more."""
    settings = {
        "JOURNAL_SEGMENT_MEGABYTES": "1",
        "JOURNAL_MAX_MEGABYTES": "2",
        "INGESTION_FLUSH_INTERVAL_SECONDS": "60",
    }
    with WaypostProcess(tmp_path / "data", settings=settings) as server:
        code = server.shorten("https://example.com/bound")
        visitors = [Visitor(code) for _ in range(8)]
        while server.metric("waypost_clicks_dropped_total") == 0:
            asyncio.run(_visit_for(server, visitors, 0.5))
        recorded = int(server.metric("waypost_clicks_recorded_total"))
        counted = server.settled_clicks(code, at_least=recorded)
        dropped = server.metric("waypost_clicks_dropped_total")
        for _ in range(10):
            server.request(f"/{code}")

        expected = counted + 10
        assert server.settled_clicks(code, at_least=expected) == expected
        assert server.metric("waypost_clicks_dropped_total") == dropped


@pytest.mark.slow
def test_locked_database_stops_no_redirect(tmp_path: Path) -> None:
    """While another program locks the database, creates say so and clicks wait."""
    settings = {"DATABASE_TIMEOUT_SECONDS": "2"}
    with WaypostProcess(tmp_path / "data", settings=settings) as server:
        code = server.shorten("https://example.com/locked")
        cold = server.shorten("https://example.com/cold")
        server.request(f"/{code}")
        database = sqlite3.connect(server.data_dir / "waypost.db", isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        status, headers, body = server.request(
            "/api/shorten", body={"url": "https://example.com/refused"}
        )
        followed = [server.request(f"/{code}")[0] for _ in range(5)]
        looked_up = server.request(f"/{cold}")[0]
        database.execute("ROLLBACK")
        database.close()
        counted = server.settled_clicks(code, at_least=6)

        assert status == 503
        assert int(headers["retry-after"]) > 0
        assert json.loads(body)["code"] == "backend-unavailable"
        assert followed == [307] * 5
        assert looked_up == 307
        assert counted == 6
        assert server.shorten("https://example.com/accepted")


def test_stop_under_load_loses_nothing(tmp_path: Path) -> None:
    """After an orderly stop every answered redirect is in the database's count."""
    with WaypostProcess(tmp_path / "data", reports=True) as server:
        code = server.shorten("https://example.com/stop")
        visitors = [Visitor(code) for _ in range(8)]

        async def visit_until_stopped() -> int:
            load = asyncio.create_task(_visit_for(server, visitors, 1.0))
            await asyncio.sleep(0.5)
            exit_code = await asyncio.to_thread(server.stop)
            await load
            return exit_code

        assert asyncio.run(visit_until_stopped()) == 0
    answered = sum(visitor.answered for visitor in visitors)
    in_doubt = sum(visitor.in_doubt for visitor in visitors)
    with sqlite3.connect(server.data_dir / "waypost.db") as database:
        (counted,) = database.execute("SELECT sum(clicks) FROM click_counts").fetchone()
    database.close()

    assert answered <= counted <= answered + in_doubt


def _serve(data_dir: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "waypost", "serve"],
        env={**os.environ, "DATA_DIR": str(data_dir), **settings},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_journal_of_another_database_is_refused(tmp_path: Path) -> None:
    """A database that was replaced never gets the clicks of the one before."""
    with WaypostProcess(tmp_path / "data") as server:
        code = server.shorten("https://example.com/before")
        server.request(f"/{code}")
        server.kill()
        for path in (tmp_path / "data").glob("waypost.db*"):
            path.unlink()
        refused = _serve(tmp_path / "data", PORT=str(server.port))

        assert refused.returncode != 0
        assert "belongs to another database" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_memory_store_forgets_its_clicks_too(tmp_path: Path) -> None:
    """With `memory://` a new start has neither the links nor their clicks."""
    settings = {"DATABASE_URL": "memory://"}
    with WaypostProcess(tmp_path / "data", settings=settings) as server:
        code = server.shorten("https://example.com/1", "same")
        server.request(f"/{code}")
        assert server.clicks(code) == 1
        server.kill()
        server.start()
        server.shorten("https://example.com/2", "same")

        assert server.clicks("same") == 0
