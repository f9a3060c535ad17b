"""`waypost promote` without a server."""

import asyncio
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.integration.cli.conftest import Command, Outcome
from tests.integration.cli.database.test_backup import LINKS, fill, ok, rows
from tests.servers import FreshPostgres
from waypost.adapters.instance import read_instance
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.storage import SqlStorage
from waypost.cli.exits import ExitCode
from waypost.config import Settings
from waypost.wiring.transfer.promote import PromotionError, promote

NEXT_ID = 30_001
FEW = LINKS[:3]


def sqlite(database: Path) -> str:
    """Return the URL of a file."""
    return f"sqlite:///{database}"


def place(url: str) -> str:
    """Return what messages call a PostgreSQL database."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}{parts.path}"


def refused(outcome: Outcome, sentence: str) -> None:
    """Check that a command has said just *sentence*."""
    expected = Outcome(ExitCode.REFUSED, "", f"waypost: {sentence}\n")
    assert outcome == expected


async def next_id(url: str) -> int:
    """Return the lowest id that a database has not leased."""
    storage = await SqlStorage.open(url, timeout_seconds=60)
    found = await SqlBlocks(storage.database, name="id_allocator:url").next_id()
    await storage.aclose()
    return found


@pytest.mark.slow
def test_every_row_is_moved(
    waypost: Command, database: Path, tmp_path: Path, postgres_url: str
) -> None:
    """Links, counts, ranges, positions, secrets, ids and the outbox are the same."""
    asyncio.run(fill(sqlite(database), LINKS[:11_000]))
    before = rows(waypost, tmp_path)
    listed = ok(waypost("links", "--limit", "11000"))
    output = ok(waypost("promote", "--to", postgres_url))
    assert f"The links are in PostgreSQL now, at {place(postgres_url)}.\n" in output
    assert "Copied 14,6" in output
    assert max(map(len, output.splitlines()[:-1])) <= 80
    assert output.splitlines()[-1] == str(database)
    after = rows(waypost, tmp_path, postgres_url)
    instance = read_instance(database.parent)
    secrets = f'["instance","{instance}"]\n'.encode()
    before["tables/instance_secrets/000001.jsonl"] = secrets
    assert after == before
    assert ok(waypost("links", "--limit", "11000", DATABASE_URL=postgres_url)) == listed
    assert asyncio.run(next_id(postgres_url)) == NEXT_ID


@pytest.mark.slow
def test_the_old_file_is_refused_and_taken_back(
    waypost: Command, database: Path, postgres_url: str
) -> None:
    """Nothing uses it by mistake; --undo is the way back, and moving again fails."""
    asyncio.run(fill(sqlite(database), FEW))
    before = ok(waypost("links"))
    ok(waypost("promote", "--to", postgres_url))
    moved = (
        "The links of this database were moved to PostgreSQL at "
        f"{place(postgres_url)}. Set DATABASE_URL to that database, or use the old one "
        "again: `waypost promote --undo`."
    )
    for command in ("links", "serve", "migrate", "ids show", "backup x.tar.gz"):
        refused(waypost(*command.split()), moved)
    assert moved in waypost("doctor").stdout
    assert "All rows were copied before." in ok(
        waypost("promote", "--to", postgres_url)
    )
    output = ok(waypost("promote", "--undo"))
    assert str(database) in output
    assert ok(waypost("links")) == before
    assert asyncio.run(next_id(sqlite(database))) == NEXT_ID + 1_000_000_000
    refused(
        waypost("promote", "--undo"),
        f"{database} was not moved; a server can use it.",
    )
    again = waypost("promote", "--to", postgres_url)
    assert "is not empty: it holds 14 rows" in again.stderr
    serving = waypost("serve", DATABASE_URL=postgres_url)
    assert "belongs to another database" in serving.stderr


def test_ids_that_only_the_folder_knows(
    waypost: Command, database: Path, postgres_url: str
) -> None:
    """They are not leased again by the new database."""
    leased = '{"blocks": [[40001, 50000]]}'
    (database.parent / "leased-ids.json").write_text(leased)
    ok(waypost("promote", "--to", postgres_url))
    assert asyncio.run(next_id(postgres_url)) == 50_001


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_a_start_that_would_leave_links_behind(
    waypost: Command, database: Path, postgres_url: str, workers: tuple[str, ...]
) -> None:
    """Server and doctor name the command that moves them, which can be copied."""
    asyncio.run(fill(sqlite(database), FEW))
    parts = urlsplit(postgres_url)
    sentence = (
        "DATABASE_URL names an empty database, but the links of this server are in "
        f"{database}."
    )
    remedy = (
        "Move them with `waypost promote`, which reads DATABASE_URL too, or remove "
        "DATABASE_URL from the settings."
    )
    with_password = parts._replace(
        netloc=f"{parts.username}:secret@{parts.netloc.split('@')[-1]}"
    ).geturl()
    for command in (("serve", *workers), ("links",), ("migrate",)):
        refused(waypost(*command, DATABASE_URL=with_password), f"{sentence} {remedy}")
    output = waypost("doctor", DATABASE_URL=with_password).stdout
    assert sentence in output
    assert remedy in output
    ok(waypost("promote", DATABASE_URL=with_password))
    assert sentence not in waypost("doctor", DATABASE_URL=with_password).stdout


def test_links_left_behind_by_a_database_with_tables(
    waypost: Command, database: Path, migrated_postgres_url: str
) -> None:
    """No command works on the empty one, and doctor has just one thing to say."""
    asyncio.run(fill(sqlite(database), FEW))
    (database.parent / "leased-ids.json").write_text('{"blocks": [[1, 50000]]}')
    outcome = waypost("links", DATABASE_URL=migrated_postgres_url)
    assert outcome.code == ExitCode.REFUSED
    assert "`waypost promote`" in outcome.stderr
    output = waypost("doctor", DATABASE_URL=migrated_postgres_url).stdout
    assert "`waypost promote`" in output
    assert "restored from a backup" not in output


def test_the_advice_works_as_printed(
    waypost: Command, database: Path, tmp_path: Path, postgres_url: str
) -> None:
    """Also where the data folder is an option, and the URL stands in .env."""
    asyncio.run(fill(sqlite(database), FEW))
    database.parent.rename(tmp_path / "my links")
    (tmp_path / ".env").write_text(f"DATABASE_URL={postgres_url}\n")
    folder = ("--data-dir", "my links")
    printed = "waypost promote --data-dir 'my links'"
    assert f"`{printed}`" in waypost("serve", *folder).stderr
    ok(waypost(*shlex.split(printed)[1:]))
    assert FEW[0].code in ok(waypost("links", *folder))


@pytest.mark.slow
def test_a_target_that_dies_on_the_way(
    waypost: Command, database: Path, fresh_postgres: FreshPostgres
) -> None:
    """The sentence says how to go on; after that everything is there."""
    asyncio.run(fill(sqlite(database), FEW))
    before = ok(waypost("links"))
    server = fresh_postgres()
    source = Settings(DATA_DIR=database.parent)
    target = source.model_copy(update={"DATABASE_URL": server.url})
    with pytest.raises(PromotionError) as interrupted:
        promote(source, target, progress=lambda *_: server.kill())
    assert str(interrupted.value).endswith(
        "Nothing is lost: run the same command again, or cancel the move with "
        "`waypost promote --undo`."
    )
    assert "was not finished. Run the same `waypost promote`" in waypost("serve").stderr
    server.launch()
    server.wait_until_ready()
    ok(waypost("promote", "--to", server.url))
    assert ok(waypost("links", DATABASE_URL=server.url)) == before
