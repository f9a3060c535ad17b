"""`waypost links` and `waypost migrate`: the database without a server."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Command
from waypost.adapters.sql.migrate import HEAD
from waypost.adapters.sql.storage import SqlStorage
from waypost.cli.exits import ExitCode
from waypost.domain.links import Link

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def store(path: Path, links: Sequence[Link]) -> None:
    """Put *links* into the database."""
    storage = await SqlStorage.open(f"sqlite:///{path}", timeout_seconds=5)
    async with storage.transaction() as transaction:
        for link in links:
            await transaction.links.add([link])
    await storage.aclose()


def link(number: int, target: str = "https://example.com/") -> Link:
    """Return a link whose code contains its number."""
    return Link(
        id=number, code=f"c{number}", target=target, created_at=NOON, updated_at=NOON
    )


def test_newest_first_in_80_columns(waypost: Command, database: Path) -> None:
    """The table shows the newest links, and cuts what is too long for a terminal."""
    long = "https://example.com/" + "x" * 100
    asyncio.run(store(database, [link(1), link(2), link(3, long)]))

    assert waypost("links", "--limit", "2").stdout.splitlines() == [
        "CODE  CLICKS  CREATED (UTC)     LEADS TO",
        f"c3    0       2026-03-01 12:00  {long[:47]}…",
        "c2    0       2026-03-01 12:00  https://example.com/",
    ]


@pytest.mark.slow
def test_all_of_many_as_json(waypost: Command, database: Path) -> None:
    """JSON lines hold everything, uncut, however many pages the database is read in."""
    asyncio.run(store(database, [link(number) for number in range(1, 2_502)]))
    outcome = waypost("links", "--json", "--limit", "2500")
    listed = [json.loads(line) for line in outcome.stdout.splitlines()]

    assert [each["id"] for each in listed] == list(range(2_501, 1, -1))
    assert listed[-1] == {
        "id": 2,
        "short_code": "c2",
        "original_url": "https://example.com/",
        "short_url": "http://localhost:8000/c2",
        "clicks": 0,
        "created_at": "2026-03-01T12:00:00Z",
        "updated_at": "2026-03-01T12:00:00Z",
    }


def test_no_links_yet(waypost: Command, database: Path) -> None:
    """An empty list is a sentence for a person, and no line for a program."""
    assert waypost("links") == (0, "There are no links yet.\n", "")
    assert waypost("links", "--json") == (0, "", "")


def test_no_database_yet(waypost: Command, tmp_path: Path) -> None:
    """Listing makes no database where there is none, and says what to do."""
    outcome = waypost("links", "--data-dir", str(tmp_path / "elsewhere"))

    assert outcome.code == ExitCode.REFUSED
    assert "There is no database" in outcome.stderr
    assert "`waypost serve`" in outcome.stderr
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("words", [["links"], ["migrate"], ["migrate", "--check"]])
def test_memory_cannot_be_seen_from_outside(waypost: Command, words: list[str]) -> None:
    """The database of memory:// belongs to the server alone, which is said."""
    outcome = waypost(*words, DATABASE_URL="memory://")

    assert outcome.code == ExitCode.USAGE
    assert outcome.stderr.startswith("waypost: DATABASE_URL is memory://")


def test_a_folder_that_cannot_be(waypost: Command, tmp_path: Path) -> None:
    """A folder that cannot be made is named in the error, with the reason."""
    (tmp_path / "file").touch()
    outcome = waypost("migrate", "--data-dir", str(tmp_path / "file" / "data"))

    assert (outcome.code, outcome.stdout) == (ExitCode.REFUSED, "")
    assert outcome.stderr == (
        f"waypost: {tmp_path}/file/data cannot be used: Not a directory. Check the "
        "disk and the owner of the folder.\n"
    )


def test_a_damaged_database(waypost: Command, tmp_path: Path) -> None:
    """The driver's reason is printed in one sentence, without a traceback or a log."""
    file = tmp_path / "broken.db"
    file.write_bytes(b"this is not a database, and long enough to be looked at" * 100)
    outcome = waypost("links", DATABASE_URL=f"sqlite:///{file}")

    assert outcome == (
        ExitCode.REFUSED,
        "",
        "waypost: The database is damaged (file is not a database). Stop the server, "
        "keep a copy of the damaged database, check the disk, and restore a backup "
        "with `waypost restore`. On SQLite, `PRAGMA integrity_check` lists what is "
        "damaged.\n",
    )


def test_migrate_makes_and_then_keeps(waypost: Command, tmp_path: Path) -> None:
    """The first call makes the schema, and the next finds nothing to do."""
    upgraded = f"Upgraded the database from nothing to {HEAD}.\n"
    up_to_date = f"The database is up to date, at revision {HEAD}.\n"

    assert waypost("migrate") == (ExitCode.OK, upgraded, "")
    assert waypost("migrate") == (ExitCode.OK, up_to_date, "")
    assert (tmp_path / "data" / "waypost.db").exists()


def test_migrate_check(waypost: Command, tmp_path: Path) -> None:
    """`--check` changes nothing, and exits with 1 until the schema is there."""
    before = waypost("migrate", "--check")
    untouched = not (tmp_path / "data").exists()
    waypost("migrate")

    assert (before.code, before.stdout) == (ExitCode.REFUSED, "")
    assert before.stderr.endswith(f"from nothing to {HEAD}: run `waypost migrate`.\n")
    assert untouched
    assert waypost("migrate", "--check").code == ExitCode.OK


@pytest.mark.parametrize("words", [["links"], ["migrate"], ["journal", "replay"]])
def test_a_newer_database(waypost: Command, database: Path, words: list[str]) -> None:
    """A database of a newer release is left alone, with a sentence that says so."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    (database.parent / "journal").mkdir()
    (database.parent / "journal" / f"{1:020d}-{'0' * 32}.seg").write_bytes(b"")
    outcome = waypost(*words)

    assert (outcome.code, outcome.stdout) == (ExitCode.REFUSED, "")
    assert outcome.stderr.startswith("waypost: The database has revision 9999, but")


def test_an_empty_database(waypost: Command, tmp_path: Path) -> None:
    """A database that still lacks its tables is not taken for one that is away."""
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "empty.db").touch()
    outcome = waypost("links", DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")

    assert outcome.code == ExitCode.REFUSED
    assert outcome.stderr.endswith("Run `waypost migrate`.\n")
