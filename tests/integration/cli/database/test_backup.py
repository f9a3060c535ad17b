"""`waypost backup` and `waypost restore` without a server."""

import asyncio
import json
import tarfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.contract.stored import EVERY_OPTION
from tests.integration.cli.conftest import Command, Outcome
from waypost.adapters.backup.archive import writing
from waypost.adapters.backup.manifest import Manifest, TableRows
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.storage import SqlStorage
from waypost.cli.exits import ExitCode
from waypost.domain.clicks import JournalPosition
from waypost.domain.events import CACHES, LinkEvent, LinkEventKind
from waypost.domain.links import Link
from waypost.domain.options import NO_OPTIONS
from waypost.domain.sequences import CountedSequences, SequenceRange

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINKS = [
    Link(
        id=number,
        code=f"c{number}",
        target=f"https://example.com/{number}?q=\u00e4'\"\\n",
        created_at=NOON + timedelta(microseconds=number),
        updated_at=NOON,
        version=number,
        options=EVERY_OPTION if number % 3 == 2 else NO_OPTIONS,
        deleted_at=NOON if number % 5 == 3 else None,
    )
    for number in range(1, 25_001)
]


async def fill(url: str, links: Sequence[Link] = LINKS) -> None:
    """Put a row of every kind into a database: more links than fit one chunk."""
    storage = await SqlStorage.open(url, timeout_seconds=60)
    await SqlBlocks(storage.database, name="id_allocator:url").lease(30_000)
    counted = CountedSequences((SequenceRange(1, 5), SequenceRange(7, 7)))
    async with storage.transaction() as transaction:
        await transaction.links.add(links)
        await transaction.clicks.add(
            clicks={1: 5, 2: 2**40},
            counted={"j": {0: counted, 63: counted}},
            positions={"j": JournalPosition(3, 2**33)},
        )
        event = LinkEvent(kind=LinkEventKind.CREATED, link=LINKS[0], occurred_at=NOON)
        await transaction.outbox.add([event, event], reader=CACHES.name)
    await storage.aclose()


def rows(waypost: Command, folder: Path, database: str = "") -> dict[str, bytes]:
    """Return all rows of a database, by way of a backup."""
    path = folder / f"{len(list(folder.iterdir()))}.tar.gz"
    assert waypost("backup", str(path), DATABASE_URL=database).code == ExitCode.OK
    with tarfile.open(path) as archive:
        return {
            name: archive.extractfile(name).read()  # type: ignore[union-attr]  # a file
            for name in archive.getnames()
            if name.startswith("tables/") and "id_allocators" not in name
        }


def ok(outcome: Outcome) -> str:
    """Return what a command has written that has succeeded."""
    assert (outcome.code, outcome.stderr) == (ExitCode.OK, "")
    return outcome.stdout


@pytest.mark.slow
def test_there_and_back(
    waypost: Command, database: Path, tmp_path: Path, migrated_postgres_url: str
) -> None:
    """Every row survives, from SQLite to PostgreSQL and back; ids are skipped."""
    asyncio.run(fill(f"sqlite:///{database}"))
    postgres = migrated_postgres_url
    backup = tmp_path / "backup.tar.gz"
    made = ok(waypost("backup", str(backup)))
    assert "database   33," in made
    before = rows(waypost, tmp_path)
    output = ok(waypost("restore", str(backup), "--replace", DATABASE_URL=postgres))
    assert "Skipped the ids 30,001 to 1,000,030,000.\n" in output
    assert rows(waypost, tmp_path, postgres) == before
    ok(waypost("backup", str(tmp_path / "back.tar.gz"), DATABASE_URL=postgres))
    database.unlink()
    back = ("restore", str(tmp_path / "back.tar.gz"), "--skip-ids", "0")
    assert "Skipped" not in ok(waypost(*back))
    assert rows(waypost, tmp_path) == before
    asyncio.run(goes_on(f"sqlite:///{database}"))
    asyncio.run(goes_on(migrated_postgres_url))


async def goes_on(url: str) -> None:
    """Check that new rows get numbers that no row had."""
    storage = await SqlStorage.open(url, timeout_seconds=60)
    block = await SqlBlocks(storage.database, name="id_allocator:url").lease(1)
    assert block.start == 1_000_030_001
    async with storage.transaction() as transaction:
        event = LinkEvent(kind=LinkEventKind.CREATED, link=LINKS[0], occurred_at=NOON)
        await transaction.outbox.add([event], reader=CACHES.name)
        stored = await transaction.outbox.take(reader=CACHES.name, limit=5)
        ids = [each.id for each in stored]
        assert ids == [1, 2, 3]
    await storage.aclose()


@pytest.mark.slow
def test_what_is_there_is_not_replaced_unasked(
    waypost: Command, database: Path, tmp_path: Path
) -> None:
    """The sentence says what would be, and how to permit it."""
    asyncio.run(fill(f"sqlite:///{database}"))
    backup = str(tmp_path / "backup.tar.gz")
    ok(waypost("backup", backup))
    refused = waypost("restore", backup)
    assert refused.code == ExitCode.REFUSED
    assert "rows" in refused.stderr
    assert "--replace" in refused.stderr
    journal = database.parent / "journal"
    journal.mkdir(exist_ok=True)
    positions = [journal / name for name in ("forwarded", "rows.reader")]
    for path in positions:
        path.write_text("{}")
    ok(waypost("restore", backup, "--replace"))
    assert not any(path.exists() for path in positions), "all is read again"


@pytest.mark.slow
def test_a_damaged_database_is_replaced(
    waypost: Command, database: Path, tmp_path: Path
) -> None:
    """It cannot be read, and need not be."""
    asyncio.run(fill(f"sqlite:///{database}"))
    backup = str(tmp_path / "backup.tar.gz")
    ok(waypost("backup", backup))
    before = rows(waypost, tmp_path)
    database.write_bytes(b"damaged" * 1_000)
    ok(waypost("restore", backup, "--replace"))
    assert rows(waypost, tmp_path) == before


@pytest.mark.slow
def test_a_restore_that_was_killed_is_finished(
    waypost: Command, database: Path, tmp_path: Path
) -> None:
    """The server does not start; the same restore finishes it, without --replace."""
    asyncio.run(fill(f"sqlite:///{database}"))
    backup = str(tmp_path / "backup.tar.gz")
    ok(waypost("backup", backup))
    before = rows(waypost, tmp_path)
    (database.parent / "restoring").mkdir()
    (database.parent / "restoring" / "ready").touch()
    refused = waypost("serve")
    assert refused.code == ExitCode.REFUSED
    assert "Run the same `waypost restore` again." in refused.stderr
    ok(waypost("restore", backup))
    assert rows(waypost, tmp_path) == before
    assert not (database.parent / "restoring").exists()


def test_verify(waypost: Command, database: Path, tmp_path: Path) -> None:
    """A backup is intact until a byte of it is another one."""
    backup = tmp_path / "backup.tar.gz"
    made = json.loads(ok(waypost("backup", str(backup), "--json")))
    checked = json.loads(ok(waypost("backup", "--verify", str(backup), "--json")))
    assert checked == made
    assert "is intact" in ok(waypost("backup", "--verify", str(backup)))
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)
    for command in (["backup", "--verify"], ["restore", "--replace"]):
        outcome = waypost(*command, str(backup))
        assert (outcome.code, outcome.stdout) == (ExitCode.REFUSED, "")
        assert "Use another copy of it." in outcome.stderr
    assert database.exists()


@pytest.mark.parametrize("words", [[], ["x.tar.gz", "--verify", "y.tar.gz"]])
def test_one_of_both_is_named(waypost: Command, words: Sequence[str]) -> None:
    """What to write, or what to verify."""
    assert waypost("backup", *words).code == ExitCode.USAGE


@pytest.mark.parametrize("link", ["spring", "http://localhost:8000/spring"])
def test_a_link_is_no_backup(waypost: Command, link: str) -> None:
    """Who means a deleted link is led to the command that restores it."""
    refused = waypost("restore", link)
    assert refused.code == 1
    assert f"`waypost undelete {link}`" in refused.stderr
    assert "undelete" not in waypost("restore", "no/spring.tar.gz").stderr


def test_nothing_is_overwritten(
    waypost: Command, database: Path, tmp_path: Path
) -> None:
    """A file that exists is kept; in a folder the backup is named after the time."""
    backup = tmp_path / "backup.tar.gz"
    backup.write_text("precious")
    refused = waypost("backup", str(backup))
    assert refused.code == ExitCode.REFUSED
    assert backup.read_text() == "precious"
    folder = tmp_path / "folder"
    folder.mkdir()
    ok(waypost("backup", str(folder)))
    assert len(list(folder.glob("waypost-*.tar.gz"))) == 1
    assert "cannot be used" in waypost("backup", str(tmp_path / "no" / "x")).stderr


def test_a_backup_of_nothing(waypost: Command, clean: None) -> None:
    """Without a database there is nothing to back up."""
    outcome = waypost("backup", "x.tar.gz")
    assert outcome.code == ExitCode.REFUSED
    assert "There is no database" in outcome.stderr
    assert waypost("backup", "x", DATABASE_URL="memory://").code == ExitCode.USAGE


async def connected(url: str, waypost: Command, backup: str) -> Outcome:
    """Restore while another process uses the database."""
    storage = await SqlStorage.open(url, timeout_seconds=60)
    restore = ("restore", backup, "--replace")
    outcome = await asyncio.to_thread(waypost, *restore, DATABASE_URL=url)
    await storage.aclose()
    return outcome


def test_a_postgres_database_that_is_used(
    waypost: Command, database: Path, tmp_path: Path, migrated_postgres_url: str
) -> None:
    """Processes on other machines would go on with what they know."""
    backup = str(tmp_path / "backup.tar.gz")
    ok(waypost("backup", backup))
    outcome = asyncio.run(connected(migrated_postgres_url, waypost, backup))
    assert outcome.code == ExitCode.REFUSED
    assert "Stop every process that uses it." in outcome.stderr


@pytest.mark.slow
def test_a_backup_of_an_older_release(
    waypost: Command, tmp_path: Path, migrated_postgres_url: str
) -> None:
    """Its rows come into a database with the schema of this release."""
    backup = tmp_path / "old.tar.gz"
    columns = ["id", "domain", "code", "target", "created_at", "updated_at"]
    with writing(backup) as archive:
        row = b'[7, "", "old", "https://example.com/", "%s", "%s"]\n'
        time = NOON.isoformat().encode()
        archive.add("tables/links/000001.jsonl", row % (time, time))
        archive.add_manifest(
            Manifest(
                format=1,
                product="0.0.1",
                revision="0001",
                instance=None,
                created_at=NOON,
                tables={"links": TableRows(columns=columns, rows=1)},
                members=dict(archive.members),
            )
        )
    for url in ("", migrated_postgres_url):
        ok(waypost("restore", str(backup), "--skip-ids", "3", DATABASE_URL=url))
        listed = json.loads(ok(waypost("links", "--json", DATABASE_URL=url)))
        assert (listed["id"], listed["short_code"]) == (7, "old")
        shown = json.loads(ok(waypost("ids", "show", "--json", DATABASE_URL=url)))
        assert shown["next_id"] == 11


def test_a_backup_of_a_newer_release(waypost: Command, tmp_path: Path) -> None:
    """It is refused before anything is changed."""
    backup = tmp_path / "new.tar.gz"
    with writing(backup) as archive:
        archive.add_manifest(
            Manifest(
                format=1,
                product="9",
                revision="9999",
                instance=None,
                created_at=NOON,
                tables={},
                members={},
            )
        )
    outcome = waypost("restore", str(backup))
    assert outcome.code == ExitCode.REFUSED
    assert "Restore it with a newer release." in outcome.stderr
