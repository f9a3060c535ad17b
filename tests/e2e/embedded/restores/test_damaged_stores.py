"""A database that is damaged, deleted, replaced or full is named as what it is."""

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess


def run(*arguments: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "waypost", *arguments],
        env={**os.environ, "DATA_DIR": str(data_dir), "PORT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def damage_index(database: Path) -> None:
    """Overwrite the root page of each index of links, which no start reads."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        pages = connection.execute(
            "SELECT rootpage FROM sqlite_master "
            "WHERE type = 'index' AND tbl_name = 'links'"
        ).fetchall()
    with database.open("r+b") as file:
        for (page,) in pages:
            file.seek((page - 1) * size)
            file.write(b"garbage " * (size // 8))


def create(server: WaypostProcess) -> tuple[int, dict[str, str], dict[str, str]]:
    """Try to create a link; return the status, the headers and the body."""
    target = "https://example.com/" + "x" * 8_000
    status, headers, body = server.request("/api/shorten", body={"url": target})
    return status, headers, json.loads(body)


def database_health(server: WaypostProcess) -> tuple[int, str]:
    """Return the status of `/health` and what it says of the database."""
    status, _, body = server.request("/health")
    return status, json.loads(body)["database"]


def test_a_damaged_index(tmp_path: Path) -> None:
    """What meets the damage is refused with a code of its own, and not put off."""
    with WaypostProcess(tmp_path / "data") as server:
        code = server.shorten("https://example.com/damaged")
        server.stop()
        damage_index(server.data_dir / "waypost.db")
        server.health_path = "/livez"
        server.start()

        followed = server.request(f"/{code}")
        status, headers, body = create(server)
        read = server.request(f"/api/stats/{code}")

        assert (followed[0], json.loads(followed[2])["code"]) == (
            503,
            "database-damaged",
        )
        assert "try again" not in followed[2].decode().lower()
        assert "retry-after" not in followed[1]
        assert (status, body["code"]) == (503, "database-damaged")
        assert "again shortly" not in body["detail"]
        assert "retry-after" not in headers
        assert json.loads(read[2])["code"] == "database-damaged"
        assert database_health(server) == (503, "unhealthy")
        errors = [one for one in server.log_events() if one["level"] == "error"]
        assert any("waypost restore" in str(one.get("advice")) for one in errors)

    doctor = run("doctor", "--json", data_dir=server.data_dir)
    checks = {one["name"]: one for one in json.loads(doctor.stdout)["checks"]}

    assert checks["database"]["status"] == "problem"
    assert "is damaged" in checks["database"]["finding"]
    assert "waypost restore" in checks["database"]["finding"]


def test_no_database_at_all(tmp_path: Path) -> None:
    """A file of something else ends the start with advice that fits."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "waypost.db").write_bytes(b"garbage " * 8_192)

    for command in (("serve",), ("links",), ("migrate",)):
        refused = run(*command, data_dir=tmp_path / "data")
        assert refused.returncode == 1
        assert "is damaged (file is not a database)" in refused.stderr
        assert "waypost restore" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert "again" not in refused.stderr


def _away(database: Path) -> None:
    for path in database.parent.glob("waypost.db*"):
        path.rename(path.with_name(f"away-{path.name}"))


def _replaced(database: Path) -> None:
    _away(database)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE other (id INTEGER)")


def _log_away(database: Path) -> None:
    log = database.with_name("waypost.db-wal")
    log.rename(log.with_name("away-waypost.db-wal"))


@pytest.mark.parametrize("take_away", [_away, _replaced, _log_away])
def test_a_file_that_is_gone(tmp_path: Path, take_away: Callable[[Path], None]) -> None:
    """Nothing is written to a file that is deleted or replaced; health names it."""
    with WaypostProcess(tmp_path / "data") as server:
        code = server.shorten("https://example.com/gone")
        assert database_health(server) == (200, "healthy")
        take_away(server.data_dir / "waypost.db")
        status, headers, body = create(server)
        followed = server.request(f"/{code}")[0]

        assert (status, body["code"]) == (503, "database-gone")
        assert "retry-after" not in headers
        assert followed == 307
        assert database_health(server) == (503, "unhealthy")

        for path in server.data_dir.glob("away-*"):
            path.replace(path.with_name(path.name.removeprefix("away-")))
        assert database_health(server) == (200, "healthy")
        assert create(server)[0] == 201
        deadline = time.monotonic() + 20
        while server.clicks(code) < 1 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert server.clicks(code) == 1


def _limit_file_size() -> None:
    """Let no file of the process grow beyond 1 MB: to it, the disk is full then."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))


@pytest.mark.slow
def test_a_full_disk(tmp_path: Path) -> None:
    """A database that cannot grow is unhealthy, and creates say so."""
    server = WaypostProcess(tmp_path / "data", before_start=_limit_file_size)
    with server:
        assert database_health(server) == (200, "healthy")
        outcome = create(server)
        for _ in range(500):
            if outcome[0] != 201:
                break
            outcome = create(server)

        assert outcome[0] == 503
        assert outcome[2]["code"] == "database-not-writable"
        assert "retry-after" not in outcome[1]
        assert database_health(server) == (503, "unhealthy")
        _make_room(server.pid)
        deadline = time.monotonic() + 60
        while database_health(server) != (200, "healthy"):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert create(server)[0] == 201


def _make_room(process: int) -> None:
    resource.prlimit(
        process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    )
