"""One journal, one writer: clones, second servers, restored folders, removed files.

Several apps share one database, as on several machines; what they have answered in
total is what is counted.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Protocol

import pytest
from cluster.servers.ports import free_port

from tests.e2e.process import WaypostProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

WAIT_SECONDS = 60.0

NEVER = {"INGESTION_FLUSH_INTERVAL_SECONDS": "60"}
"""Settings of an app that counts nothing unless it is asked, or stopped."""


class NewApp(Protocol):
    """Makes an app."""

    def __call__(self, name: str, **settings: str) -> WaypostProcess:
        """Return one with the data folder *name*."""
        ...


@pytest.fixture
def new_app(tmp_path: Path) -> NewApp:
    """Return a function that makes an app with a data folder of the given name."""
    database = f"sqlite:///{tmp_path / 'shared.db'}"

    def make(name: str, **settings: str) -> WaypostProcess:
        return WaypostProcess(
            tmp_path / name,
            settings={"DATABASE_URL": database, **settings},
        )

    return make


def follow(apps: Sequence[WaypostProcess], code: str, times: int) -> int:
    """Follow a link on each of *apps*; return how many times that was answered."""
    for app in apps:
        with closing(HTTPConnection("127.0.0.1", app.port, timeout=30)) as connection:
            for _ in range(times):
                connection.request("GET", f"/{code}")
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 307
    return times * len(apps)


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once *condition* holds; fail if it does not come true."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_counted(answered: int, code: str, *apps: WaypostProcess) -> None:
    """Have each of *apps* count its clicks; all that were answered count, once."""
    for app in apps:
        app.clicks(code)
    assert answered == apps[0].settled_clicks(code, at_least=answered)


def is_healthy(app: WaypostProcess) -> bool:
    """Return whether the app calls itself healthy."""
    return app.request("/health")[0] == 200


def refusal(app: WaypostProcess) -> str:
    """Start a server with the data folder and settings of *app*; return its words."""
    refused = subprocess.run(
        [sys.executable, "-m", "waypost", "serve"],
        env={
            **os.environ,
            **app.settings,
            "DATA_DIR": str(app.data_dir),
            "PORT": str(free_port()),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
    return refused.stderr


def test_clone_of_a_stopped_app(new_app: NewApp, tmp_path: Path) -> None:
    """A data folder is copied and both are started: every answered click counts."""
    original, clone = new_app("original"), new_app("clone")
    with original:
        code = original.shorten("https://example.com/")
        answered = follow([original], code, 20)
    shutil.copytree(tmp_path / "original", tmp_path / "clone")
    with original, clone:
        answered += follow([original, clone], code, 50)
        assert_counted(answered, code, original, clone)


def test_clone_of_a_running_app(new_app: NewApp, tmp_path: Path) -> None:
    """What is in both folders and not counted yet counts once, the rest as well."""
    original, clone = new_app("original", **NEVER), new_app("clone")
    with original:
        code = original.shorten("https://example.com/")
        answered = follow([original], code, 20)
        shutil.copytree(tmp_path / "original", tmp_path / "clone")
        answered += follow([original], code, 10)
        with clone:
            answered += follow([original, clone], code, 50)
            assert_counted(answered, code, original, clone)


def test_older_folder_is_put_back(new_app: NewApp, tmp_path: Path) -> None:
    """A backup of the data folder, beside a newer database: every click counts."""
    data, backup = tmp_path / "data", tmp_path / "backup"
    with new_app("data", **NEVER) as app:
        code = app.shorten("https://example.com/")
        answered = follow([app], code, 20)
        shutil.copytree(data, backup)
        answered += follow([app], code, 20)
    shutil.rmtree(data)
    backup.rename(data)
    with new_app("data") as app:
        answered += follow([app], code, 30)
        assert_counted(answered, code, app)


def test_older_database_is_put_back(new_app: NewApp, tmp_path: Path) -> None:
    """A database that does not know the newest journals counts what they hold."""
    database = tmp_path / "shared.db"
    with new_app("data") as app:
        code = app.shorten("https://example.com/")
        before = follow([app], code, 20)
        assert_counted(before, code, app)
    content = database.read_bytes()
    with new_app("data", **NEVER) as app:
        waiting = follow([app], code, 30)
        app.kill()
    for path in tmp_path.glob("shared.db*"):
        path.unlink()
    database.write_bytes(content)
    with new_app("data") as app:
        after = follow([app], code, 10)
        assert_counted(before + waiting + after, code, app)


def test_second_server_is_refused(new_app: NewApp, tmp_path: Path) -> None:
    """It is refused, also without the lock file, and no message says to delete one."""
    with new_app("data") as app:
        code = app.shorten("https://example.com/")
        answered = follow([app], code, 5)
        with_file = refusal(app)
        (tmp_path / "data" / "journal" / "lock").unlink()
        without = refusal(app)
        answered += follow([app], code, 5)
        assert_counted(answered, code, app)
    assert f"in use by process {app.pid}" in with_file
    assert "in use by another process" in without
    for words in (with_file, without):
        assert "lock" not in words
        assert "Stop that process first, or set another DATA_DIR." in words


def test_removed_folder_is_made_again(new_app: NewApp, tmp_path: Path) -> None:
    """The journal's folder is deleted while it is in use: later clicks are kept."""
    journal = tmp_path / "data" / "journal"
    with new_app("data", **NEVER) as app:
        code = app.shorten("https://example.com/")
        follow([app], code, 5)
        shutil.rmtree(journal)
        wait_until(lambda: any(journal.glob("*.seg")) and is_healthy(app))
        before = app.settled_clicks(code, at_least=0)
        answered = follow([app], code, 20)
        app.kill()
        app.start()
        assert_counted(before + answered, code, app)
        events = [event["event"] for event in app.log_events()]
    assert events.count("journal.folder_lost") == 1


def test_replaced_folder_is_reported(new_app: NewApp, tmp_path: Path) -> None:
    """Another process holds a new folder in its place: health says so, clicks count."""
    journal = tmp_path / "data" / "journal"
    with new_app("data") as app, ExitStack() as stack:
        code = app.shorten("https://example.com/")
        answered = follow([app], code, 5)
        # A process that is frozen while it counts keeps the database locked.
        assert app.settled_clicks(code, at_least=5) == 5
        app.freeze()
        journal.rename(tmp_path / "data" / "aside")
        other = stack.enter_context(new_app("data"))
        app.thaw()
        wait_until(lambda: not is_healthy(app))
        answered += follow([app, other], code, 20)
        _, _, body = app.request("/health")
        assert b'"journal":"unhealthy"' in body
        assert_counted(answered, code, app, other)


def test_strange_entries_get_advice(new_app: NewApp, tmp_path: Path) -> None:
    """What is called like a segment and cannot be one is named, with what to do."""
    with new_app("data") as app:
        code = app.shorten("https://example.com/")
        follow([app], code, 5)
    journal = tmp_path / "data" / "journal"
    for strange in (
        journal / "99999999999999999999.seg",
        journal / f"{5:020d}.seg",
        journal / f"{6:020d}-{'a' * 32}.seg",
    ):
        if strange.name.startswith("9"):
            strange.write_bytes(b"")
        else:
            strange.mkdir()
        words = refusal(app)
        assert str(strange) in words
        assert "Move it" in words
        strange.rename(tmp_path / strange.name)
    with app:
        assert_counted(5, code, app)
