"""Jobs that a server runs by itself: done once a day, killed, and taken over."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess
from tests.e2e.reports.children import rows_child
from tests.integration.cli.conftest import Command, clean, logs, waypost
from tests.integration.jobs.stored import (
    DAYS,
    FIRST,
    PER_DAY,
    archived,
    end_locks,
    fill,
)
from waypost.cli.exits import ExitCode

__all__ = ["clean", "logs", "waypost"]

pytestmark = pytest.mark.slow

TOKEN = "a token for the tests"
WAIT_SECONDS = 300.0


@pytest.fixture
def data(waypost: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with sealed days of long ago; `DATA_DIR` and `ARCHIVE` are set."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("DATA_DIR", str(folder))
    monkeypatch.setenv("ARCHIVE", str(tmp_path / "archive"))
    assert waypost("migrate").code == 0
    asyncio.run(fill(f"sqlite:///{folder}/waypost.db", folder / "clicks.db"))
    return folder


def server_of(data: Path, **settings: str) -> WaypostProcess:
    """Return a server with the folder *data*, which stores clicks."""
    named = {"ADMIN_TOKEN": TOKEN, **settings}
    return WaypostProcess(data, settings=named, reports=True)


def until(condition: Callable[[], bool], server: WaypostProcess) -> None:
    """Return once *condition* holds."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.1)


def states(data: Path) -> list[tuple[str, str]]:
    """Return the job and the state of each line of the audit trail."""
    trail = data / "jobs.jsonl"
    lines = trail.read_text().splitlines() if trail.exists() else []
    return [(run["job"], run["state"]) for run in map(json.loads, lines)]


def clicks_in_reports(server: WaypostProcess) -> int:
    """Return how many clicks reports know."""
    status, _, body = server.request(
        "/api/v1/reports/totals?period=all",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert status == 200, body
    clicks: int = json.loads(body)["clicks"]["all"]
    return clicks


def test_a_server_archives_and_deletes(waypost: Command, data: Path) -> None:
    """Old days go into the archive, then their clicks go; their sums stay.

    The trail has the begin and the end of the run, and the lock is free.
    """
    with server_of(data, CLICK_RETENTION_DAYS="30") as server:
        until(lambda: ("retention", "succeeded") in states(data), server)
        assert states(data) == [("retention", "running"), ("retention", "succeeded")]
        status = json.loads(waypost("jobs", "status", "--json").stdout)
        assert (status["job"], status["state"]) == ("retention", "succeeded")
        assert status["counts"]["clicks_expired"] == DAYS * PER_DAY
        begun, ended = map(json.loads, (data / "jobs.jsonl").read_text().splitlines())
        assert begun["id"] == ended["id"] == status["id"]
        again = waypost("jobs", "run", "retention", CLICK_RETENTION_DAYS="30")
        assert again.code == ExitCode.OK
        assert clicks_in_reports(server) == DAYS * PER_DAY
    assert archived(Path(os.environ["ARCHIVE"])) == DAYS * PER_DAY
    assert waypost("export", "clicks", "--format", "jsonl", "-o", "-").stdout == ""


def test_a_killed_run_is_taken_over(waypost: Command, data: Path) -> None:
    """A run that is killed in its middle is finished by the next server.

    Until its lock has ended no other process begins the job. Meanwhile visitors are
    served, and at the end each day is in the archive once.
    """
    archive = Path(os.environ["ARCHIVE"])
    archive.mkdir()
    third = archive / f"clicks-{FIRST + timedelta(days=2):%Y-%m-%d}.json"
    os.mkfifo(third)  # reading it takes until it is written, which it never is
    server = server_of(data)
    with server:
        until(lambda: len(list(archive.glob("*.parquet"))) == 2, server)
        code = server.shorten("https://example.com/while-a-job-runs")
        assert server.request(f"/{code}")[0] == 307
        child = rows_child(server)
        assert child is not None
        server.freeze()  # it must not start another child
        os.kill(child, signal.SIGKILL)
        server.kill()
    assert states(data) == [("archive", "running")]
    assert waypost("jobs", "run", "archive").code == ExitCode.BUSY
    third.unlink()
    asyncio.run(end_locks(data))
    with server:
        until(lambda: ("archive", "succeeded") in states(data), server)
    assert [state for _, state in states(data)] == ["running", "running", "succeeded"]
    assert archived(archive) == DAYS * PER_DAY
    last = json.loads(waypost("jobs", "status", "--json").stdout)
    assert (len(last["done"]), last["skipped"]) == (DAYS - 2, 2)
    assert waypost("jobs", "run", "archive").code == ExitCode.OK


def test_a_job_that_is_asked_for(data: Path) -> None:
    """A real server archives when it is asked, also where a process was killed."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with server_of(data) as server:
        until(lambda: rows_child(server) is not None, server)
        os.kill(rows_child(server) or 0, signal.SIGKILL)
        status, _, body = server.request(
            "/api/v1/jobs", body={"type": "verify"}, headers=headers
        )
        assert status == 202, body
        place = f"/api/v1/jobs/{json.loads(body)['id']}"

        def state() -> str:
            found: str = json.loads(server.request(place, headers=headers)[2])["state"]
            return found

        until(lambda: state() not in {"queued", "running"}, server)
        assert state() == "succeeded"
        refused = server.request(
            "/api/v1/jobs", body={"type": "retention"}, headers=headers
        )
        assert refused[0] == 409
        assert json.loads(refused[2])["code"] == "feature-off"
