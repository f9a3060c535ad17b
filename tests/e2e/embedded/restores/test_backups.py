"""Back up under load, destroy everything, restore, and go on: killed on the way.

`RESTORE_KILLS` is how often a restore is killed; twice by default.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.embedded.test_kill import Creator
from tests.e2e.process import Visitor, WaypostProcess
from tests.servers import in_postgres, new_database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LINKS = 60
CLICKS = 5
VISITORS = 4
KILLS = int(os.environ.get("RESTORE_KILLS", "2"))


class Shop:
    """A server, everything that it has promised, and its operator."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.backup = folder / "backup.tar.gz"
        self._database = database
        settings = {"JOURNAL_SEGMENT_MEGABYTES": "1"}
        if database:
            settings["DATABASE_URL"] = database
        self.server = WaypostProcess(self.data_dir, settings=settings, reports=True)
        self._settings = settings
        self.creator = Creator()
        self.links: dict[str, str] = {}
        self.visitors: list[Visitor] = []

    def command(self, *words: str) -> "subprocess.Popen[bytes]":
        """Begin a command of the operator."""
        return subprocess.Popen(
            [sys.executable, "-m", "waypost", *words],
            env={**os.environ, **self._settings, "DATA_DIR": str(self.data_dir)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def operate(self, *words: str) -> str:
        """Do a command to the end; return what it has written."""
        done = self.command(*words)
        out, err = done.communicate(timeout=120)
        assert (done.returncode, err) == (0, b""), (out, err)
        return out.decode()

    def killed_when_there_is(self, path: Path, *words: str) -> bool:
        """Kill a command as soon as *path* exists; return whether it was in time."""
        begun = self.command(*words)
        while begun.poll() is None and not path.exists():
            time.sleep(0.001)
        begun.send_signal(signal.SIGKILL)
        begun.communicate(timeout=60)
        return begun.returncode == -signal.SIGKILL

    def open(self) -> None:
        """Make links, and follow each a few times.

        The backup has what is stored for reports; no later start needs to store more.
        """
        self.server.start()
        self.server.settings = {**self._settings, "REPORTS": "false"}
        for number in range(LINKS):
            target = f"https://example.com/{number}"
            self.links[self.server.shorten(target)] = target
        for code in self.links:
            for _ in range(CLICKS):
                assert self.server.request(f"/{code}")[0] == 307
        codes = [self.server.shorten("https://example.com/") for _ in range(VISITORS)]
        self.visitors = [Visitor(code) for code in codes]

    async def back_up_under_load(self) -> None:
        """Back up while links are made and followed; the first backup is killed."""
        stop = asyncio.Event()
        port = self.server.port
        clients = [visitor.visit(port, stop) for visitor in self.visitors]
        load = [
            asyncio.create_task(client)
            for client in (*clients, self.creator.create(port, stop))
        ]
        await asyncio.to_thread(self._back_up)
        stop.set()
        await asyncio.gather(*load)

    def _back_up(self) -> None:
        self.before = [visitor.answered for visitor in self.visitors]
        self.promised_before = set(self.creator.promised)
        partial = self.backup.with_name(f"{self.backup.name}.partial")
        while not self.killed_when_there_is(partial, "backup", str(self.backup)):
            self.backup.unlink()
        assert not self.backup.exists()
        self.operate("backup", str(self.backup))
        assert "is intact" in self.operate("backup", "--verify", str(self.backup))

    def destroy(self) -> None:
        """Lose the machine and the database."""
        self.server.kill()
        shutil.rmtree(self.data_dir)
        if self._database:
            server = urlsplit(self._database)._replace(path="/postgres").geturl()
            name = urlsplit(self._database).path.lstrip("/")
            in_postgres(server, f'DROP DATABASE "{name}" WITH (FORCE)')
            in_postgres(server, f'CREATE DATABASE "{name}"')

    def check(self) -> None:
        """Compare with what was promised at the moment of the backup."""
        counts = self.server.all_settled_clicks(dict.fromkeys(self.links, CLICKS))
        assert counts == dict.fromkeys(self.links, CLICKS)
        known = {**self.links}
        for code in self.promised_before:
            known[code] = self.creator.promised[code]
        for code, target in known.items():
            status, headers, _ = self.server.request(f"/{code}", method="HEAD")
            assert (status, headers["location"]) == (307, target)
        for visitor, before in zip(self.visitors, self.before, strict=True):
            clicks = self.server.settled_clicks(visitor.code, at_least=before)
            assert before <= clicks <= visitor.answered + visitor.in_doubt
        issued = {*self.links, *self.creator.promised}
        for _ in range(LINKS):
            code = self.server.shorten("https://example.com/new")
            assert code not in issued
            assert self.server.clicks(code) == 0


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """One that is open, with each kind of database; all tests share it."""
    with ExitStack() as stack:
        url = ""
        if request.param == "postgres":
            server = request.getfixturevalue("_session_postgres")
            template = request.getfixturevalue("_migrated_template")
            url = stack.enter_context(new_database(server, template=template))
        made = Shop(tmp_path_factory.mktemp("shop"), url)
        made.open()
        yield made
        made.server.stop()


def test_lost_and_restored(shop: Shop) -> None:
    """Every link and count of the backup's moment is back, and no code comes twice."""
    asyncio.run(shop.back_up_under_load())
    restore = ("restore", str(shop.backup))
    staged = shop.data_dir / "restoring"
    shop.destroy()
    while not shop.killed_when_there_is(staged, *restore):
        shop.destroy()
    output = shop.operate(*restore)
    assert "Skipped the ids" in output
    shop.server.start()
    shop.check()


def test_killed_at_any_moment(shop: Shop) -> None:
    """A server starts with the old state or the new one, or says what to do."""
    shop.backup.unlink(missing_ok=True)
    shop.operate("backup", str(shop.backup))
    extra = shop.server.shorten("https://example.com/extra")
    assert shop.server.stop() == 0
    restore = ("restore", "--replace", str(shop.backup))
    began = time.monotonic()
    shop.operate(*restore)
    seconds = time.monotonic() - began
    shop.server.start()
    assert shop.server.request(f"/{extra}")[0] == 404
    extra = shop.server.shorten("https://example.com/extra")
    assert shop.server.stop() == 0
    for kill in range(KILLS):
        begun = shop.command(*restore)
        time.sleep(seconds * (0.4 + 0.6 * kill / KILLS))
        begun.kill()
        begun.communicate(timeout=60)
        if (shop.data_dir / "restoring" / "ready").exists():
            refused = shop.command("serve")
            _, err = refused.communicate(timeout=60)
            assert refused.returncode == 1
            assert b"`waypost restore` again" in err
            shop.operate("restore", str(shop.backup))
        shop.server.start()
        found = shop.server.request(f"/{extra}")[0]
        assert found in {307, 404}
        counts = shop.server.all_settled_clicks(dict.fromkeys(shop.links, CLICKS))
        assert counts == dict.fromkeys(shop.links, CLICKS)
        if found == 404:
            extra = shop.server.shorten("https://example.com/extra")
        assert shop.server.stop() == 0
