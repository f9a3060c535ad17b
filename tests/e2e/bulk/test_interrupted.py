"""Every row of a file makes one link, also if the command and the server are killed.

`BULK_ROWS` is how many rows there are.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.process import UNTRACED, WaypostProcess

ROWS = int(os.environ.get("BULK_ROWS", "20000"))
WRONG = 2_000
"""Each row whose number is a multiple of it is refused."""
DEADLINE_SECONDS = 300.0


def write_file(path: Path) -> None:
    """Write a file of `ROWS` rows."""
    rows = (
        f"{'nothing' if number % WRONG == 0 else 'https://example.com/'},Row {number},"
        f'"tag-{number % 7},all"\n'
        for number in range(1, ROWS + 1)
    )
    path.write_text("url,title,tags\n" + "".join(rows))


def command(path: Path, server: WaypostProcess, *more: str) -> subprocess.Popen[bytes]:
    """Start sending the file at *path*."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "waypost", "bulk", str(path)),
            *("--server", server.url, "--errors", str(path.with_name("failed.csv"))),
            *more,
        ],
        env={**os.environ, "WAYPOST_KEY": "a token of the test", **UNTRACED},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # A shell in the background has its processes ignore Ctrl-C.
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - no threads yet
    )


def heed_interrupts() -> None:
    """Let Ctrl-C end this process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def rows_done(path: Path) -> int:
    """Return how many rows of the file at *path* are done; 0: none, or all."""
    try:
        kept = json.loads(path.with_name(path.name + ".progress").read_bytes())
    except FileNotFoundError:
        return 0
    rows: int = kept["rows"]
    return rows


def wait(condition: Callable[[], bool]) -> None:
    """Return once *condition* holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def titles(server: WaypostProcess) -> list[str]:
    """Return the titles of all links in the database of a stopped server."""
    file = server.data_dir / "waypost.db"
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("SELECT options ->> 'title' FROM links").fetchall()
    return [title for (title,) in rows]


@pytest.mark.slow
def test_every_row_is_done_once(tmp_path: Path) -> None:
    """The command is killed and resumed, then the server is killed under it."""
    path = tmp_path / "links.csv"
    write_file(path)
    server = WaypostProcess(
        tmp_path / "data", settings={"ADMIN_TOKEN": "a token of the test"}
    )
    with server:
        first = command(path, server)
        wait(lambda: rows_done(path) >= ROWS // 10)
        first.kill()
        first.communicate()

        again = command(path, server)
        _, refused = again.communicate()
        assert again.returncode == 2
        assert b"--resume" in refused

        done = rows_done(path)
        second = command(path, server, "--resume")
        wait(lambda: rows_done(path) >= done + ROWS // 10)
        server.kill()
        server.start()
        wait(lambda: rows_done(path) >= ROWS // 2)
        second.send_signal(signal.SIGINT)
        _, said = second.communicate()
        assert second.returncode == 130, said
        assert b"--resume" in said

        third = command(path, server, "--resume")
        _, said = third.communicate()
        assert third.returncode == 1, said
        assert f"{ROWS:,} rows, {ROWS // WRONG} failed.".encode() in said
    assert not path.with_name("links.csv.progress").exists()
    wanted = [f"Row {n}" for n in range(1, ROWS + 1) if n % WRONG]
    assert sorted(titles(server)) == sorted(wanted)
    failed = (tmp_path / "failed.csv").read_text().splitlines()
    assert failed[0] == "url,title,tags,error"
    assert [line.split(",")[1] for line in failed[1:]] == [
        f"Row {n}" for n in range(WRONG, ROWS + 1, WRONG)
    ]
