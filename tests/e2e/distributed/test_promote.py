"""From SQLite to PostgreSQL: under load, killed on the way, and nothing is lost."""

import asyncio
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.embedded.test_kill import Creator
from tests.e2e.process import Visitor, WaypostProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

VISITORS = 4
CREATED = 200
CLICKS = 500

# Clicks wait in the journal, unless statistics are asked for.
SETTINGS = {"INGESTION_FLUSH_INTERVAL_SECONDS": "60", "ID_BLOCK_SIZE": "7"}


class Operator:
    """An operator who runs commands beside the data folder."""

    def __init__(self, data_dir: Path, postgres: str) -> None:
        self._environment = {**os.environ, **SETTINGS, "DATA_DIR": str(data_dir)}
        self._postgres = postgres

    def run(self, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Do a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "waypost", *words],
            env={**self._environment, **settings},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def promote(self) -> str:
        """Move everything; return what was written."""
        done = self.run("promote", "--to", self._postgres)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def promote_until(self, progress: str) -> bytes:
        """Kill the move as soon as it shows *progress* on a terminal; return all of it.

        On a busy machine it may have come further meanwhile, or to its end.
        """
        reader, terminal = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "waypost", "promote", "--to", self._postgres],
            env=self._environment,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        shown = b""
        with suppress(OSError):  # the terminal's other end is closed
            while progress.encode() not in shown and (more := os.read(reader, 1000)):
                shown += more
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(reader)
        assert progress.encode() in shown, shown
        return shown

    def links(self, **settings: str) -> dict[str, dict[str, object]]:
        """Return all links by their codes; none of a database without tables."""
        done = self.run("links", "--limit", "1000000", "--json", **settings)
        if settings and "names an empty" in done.stderr:
            return {}
        assert (done.returncode, done.stderr) == (0, "")
        return {
            link["short_code"]: link
            for link in map(json.loads, done.stdout.splitlines())
        }

    def links_over_there(self) -> dict[str, dict[str, object]]:
        """Return all links in PostgreSQL."""
        return self.links(DATABASE_URL=self._postgres)


async def _load_until_killed(
    server: WaypostProcess, visitors: list[Visitor], creator: Creator
) -> None:
    stop = asyncio.Event()
    clients = [visitor.visit(server.port, stop) for visitor in visitors]
    tasks = [
        asyncio.create_task(client)
        for client in (*clients, creator.create(server.port, stop))
    ]
    await asyncio.to_thread(_kill_when_used, server, visitors, creator)
    stop.set()
    await asyncio.gather(*tasks)


def _kill_when_used(
    server: WaypostProcess, visitors: list[Visitor], creator: Creator
) -> None:
    while len(creator.promised) < CREATED or min(v.answered for v in visitors) < CLICKS:
        time.sleep(0.01)
    server.kill()


def _without_clicks(
    links: Mapping[str, Mapping[str, object]],
) -> dict[str, dict[str, object]]:
    return {code: {**link, "clicks": None} for code, link in links.items()}


class Embedded:
    """A data folder whose server was killed under load, with clicks in its journal."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.creator = Creator()
        server = WaypostProcess(data_dir, settings=SETTINGS, reports=True)
        server.start()
        codes = [server.shorten(f"https://example.com/v{n}") for n in range(VISITORS)]
        self.visitors = [Visitor(code) for code in codes]
        asyncio.run(_load_until_killed(server, self.visitors, self.creator))


class Installation:
    """A copy of such a folder, to be promoted to a database of its own."""

    def __init__(self, embedded: Embedded, data_dir: Path, postgres: str) -> None:
        shutil.copytree(embedded.data_dir, data_dir)
        self.server = WaypostProcess(data_dir, settings=SETTINGS, reports=True)
        self.operator = Operator(data_dir, postgres)
        self.creator, self.visitors = embedded.creator, embedded.visitors
        self.before = self.operator.links()

    def check(self) -> None:
        """Check links, counts, ids and new links of the server, which runs again."""
        at_least = {visitor.code: visitor.answered for visitor in self.visitors}
        counts = self.server.all_settled_clicks(at_least)
        for visitor in self.visitors:
            uncertain = counts[visitor.code] - visitor.answered
            assert 0 <= uncertain <= visitor.in_doubt
        for code, target in self.creator.promised.items():
            status, headers, _ = self.server.request(f"/{code}", method="HEAD")
            assert (status, headers["location"]) == (307, target)
        fresh = {self.server.shorten("https://example.com/new") for _ in range(20)}
        assert len(fresh) == 20
        assert not fresh & self.before.keys()
        after = self.operator.links_over_there()
        assert {code: after[code] for code in fresh} == {
            code: {**after[code], "clicks": 0} for code in fresh
        }
        for code in fresh:
            del after[code]
        assert _without_clicks(after) == _without_clicks(self.before)


def check_counts(installation: Installation) -> None:
    """Check that the server, which runs again, has each click of before once."""
    at_least = {each.code: each.answered for each in installation.visitors}
    counts = installation.server.all_settled_clicks(at_least)
    for each in installation.visitors:
        assert 0 <= counts[each.code] - each.answered <= each.in_doubt


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    """What all tests begin with, made once."""
    return Embedded(tmp_path_factory.mktemp("embedded") / "data")


@pytest.fixture
def installation(embedded: Embedded, tmp_path: Path, postgres_url: str) -> Installation:
    """One whose links are in SQLite."""
    return Installation(embedded, tmp_path / "data", postgres_url)


def test_promoted_and_killed_on_the_way(
    installation: Installation, postgres_url: str
) -> None:
    """Every link, count and id is the same; every click is counted once."""
    operator, server = installation.operator, installation.server
    for progress in ("Copied", "Compared"):
        operator.promote_until(progress)
        there = operator.links_over_there()
        assert not there or there.keys() == installation.before.keys()
        refused = operator.run("serve")
        assert refused.returncode == 1
        assert "`waypost promote --undo`" in refused.stderr
    operator.promote_until("Counted")
    server.settings = {**SETTINGS, "DATABASE_URL": postgres_url}
    with server:
        installation.check()
    assert "All rows were copied before.\nCounted 0 clicks" in operator.promote()
    assert "were moved to PostgreSQL" in operator.run("serve").stderr


def test_promoted_and_served_by_workers(
    installation: Installation, postgres_url: str
) -> None:
    """Nothing waits in the old journal, which no worker looks into."""
    output = installation.operator.promote()
    assert "Counted 0 clicks" not in output
    installation.server = WaypostProcess(
        installation.server.data_dir,
        settings={**SETTINGS, "DATABASE_URL": postgres_url},
        command=("serve", "--workers", "2"),
    )
    with installation.server:
        installation.check()


def test_promoted_and_taken_back(installation: Installation, postgres_url: str) -> None:
    """After --undo the embedded server goes on, and the other one is refused."""
    operator, server = installation.operator, installation.server
    operator.promote_until("Copied")
    undone = operator.run("promote", "--undo")
    assert (undone.returncode, undone.stderr) == (0, "")
    with server:
        check_counts(installation)
        assert server.shorten("https://example.com/") not in installation.before
    refused = operator.run("serve", DATABASE_URL=postgres_url)
    assert refused.returncode == 1


def test_taken_back_after_it_was_served(
    installation: Installation, postgres_url: str
) -> None:
    """The file has every click of before, though PostgreSQL emptied the journal."""
    operator, server = installation.operator, installation.server
    operator.promote_until("Counted")
    operator.promote()
    server.settings = {**SETTINGS, "DATABASE_URL": postgres_url}
    with server:
        check_counts(installation)
    undone = operator.run("promote", "--undo")
    server.settings = SETTINGS
    with server:
        check_counts(installation)
    assert "It has all links and clicks of before the move." in undone.stdout
