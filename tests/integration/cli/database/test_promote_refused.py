"""What `waypost promote` refuses, each with a sentence of its own."""

import asyncio
import os
from pathlib import Path

import pytest
from cluster.servers.ports import free_port

from tests.integration.cli.conftest import Command, Outcome
from tests.integration.cli.database.test_backup import fill, ok
from tests.integration.cli.database.test_promote import FEW, place, refused, sqlite
from tests.servers import in_postgres
from waypost.adapters.instance import write_instance
from waypost.adapters.journal.files.folder import hold_lock
from waypost.adapters.sql.secrets import SqlSecrets
from waypost.adapters.sql.storage import SqlStorage
from waypost.cli.exits import ExitCode
from waypost.wiring.parts.instance import INSTANCE


def test_a_server_that_runs(
    waypost: Command, database: Path, postgres_url: str
) -> None:
    """It must be stopped first; nothing has changed."""
    with hold_lock(database.parent / "journal"):
        outcome = waypost("promote", "--to", postgres_url)
    refused(
        outcome,
        f"A server uses the data folder {database.parent} (process {os.getpid()}). "
        "Stop it, and run this command again.",
    )
    ok(waypost("links"))


def test_a_target_that_is_away(waypost: Command, database: Path) -> None:
    """The sentence says which, and what to correct; the password stays secret."""
    port = free_port()
    refused(
        waypost("promote", "--to", f"postgresql://me:secret@127.0.0.1:{port}/w"),
        f"PostgreSQL at 127.0.0.1:{port}/w does not answer. Start it, or correct host "
        "and port in --to. Nothing was changed.",
    )
    away = f"postgresql://me:secret@127.0.0.1:{port}/w"
    output = waypost("promote", DATABASE_URL=away).stderr
    assert "correct host and port in DATABASE_URL. Nothing was changed." in output
    assert database.exists()
    ok(waypost("links"))


def test_a_target_that_does_not_exist(
    waypost: Command, database: Path, postgres_url: str
) -> None:
    """It says how to make it."""
    url = f"{postgres_url}_none"
    outcome = waypost("promote", "--to", url)
    assert "Make it with createdb, or name another one in --to." in outcome.stderr
    assert database.exists()


def test_a_target_with_rows(
    waypost: Command, database: Path, migrated_postgres_url: str
) -> None:
    """It belongs to another installation, which keeps what it has."""
    asyncio.run(fill(migrated_postgres_url, FEW))
    refused(
        waypost("promote", "--to", migrated_postgres_url),
        f"PostgreSQL at {place(migrated_postgres_url)} is not empty: it holds 14 "
        "rows of another installation. Make an empty database with `createdb`, and "
        "name that one.",
    )
    assert "There are no links" in ok(waypost("links"))
    assert database.exists()


def test_a_target_of_another_program(
    waypost: Command, database: Path, postgres_url: str
) -> None:
    """Its tables are left alone."""
    in_postgres(postgres_url, "CREATE TABLE links (id int)")
    refused(
        waypost("promote", "--to", postgres_url),
        f"PostgreSQL at {place(postgres_url)} holds tables of another program. Make an "
        "empty database with `createdb`, and name that one.",
    )
    assert database.exists()


def test_a_target_of_a_newer_release(
    waypost: Command, database: Path, migrated_postgres_url: str
) -> None:
    """This one does not know its tables."""
    in_postgres(migrated_postgres_url, "UPDATE alembic_version SET version_num = '9'")
    refused(
        waypost("promote", "--to", migrated_postgres_url),
        f"PostgreSQL at {place(migrated_postgres_url)} was used by a newer release of "
        "Waypost. Make an empty database with `createdb`, and name that one.",
    )
    assert database.exists()


def test_a_target_that_holds_a_copy(
    waypost: Command, database: Path, tmp_path: Path, migrated_postgres_url: str
) -> None:
    """It is unknown which of both is newer."""
    asyncio.run(fill(sqlite(database), FEW))
    asyncio.run(make_instance(sqlite(database)))
    backup = str(tmp_path / "b.tar.gz")
    ok(waypost("backup", backup))
    ok(waypost("restore", backup, "--replace", DATABASE_URL=migrated_postgres_url))
    outcome = waypost("promote", "--to", migrated_postgres_url)
    assert f"holds a copy of {database} that is not of a move." in outcome.stderr


async def make_instance(url: str) -> None:
    """Give a database the id that the first start gives it."""
    storage = await SqlStorage.open(url, timeout_seconds=60)
    await SqlSecrets(storage.database).secret(INSTANCE)
    await storage.aclose()


def test_a_target_that_is_used(
    waypost: Command, database: Path, migrated_postgres_url: str
) -> None:
    """Processes would go on with what they know of it."""

    async def promoted() -> Outcome:
        storage = await SqlStorage.open(migrated_postgres_url, timeout_seconds=60)
        command = ("promote", "--to", migrated_postgres_url)
        outcome = await asyncio.to_thread(waypost, *command)
        await storage.aclose()
        return outcome

    outcome = asyncio.run(promoted())
    assert "connections of Waypost use PostgreSQL at" in outcome.stderr
    assert outcome.stderr.endswith(". Stop every process that uses it.\n")
    assert database.exists()


def test_another_target_than_before(
    waypost: Command, database: Path, postgres_url: str, migrated_postgres_url: str
) -> None:
    """The first target is the only one, unless the move is cancelled."""
    ok(waypost("promote", "--to", postgres_url))
    refused(
        waypost("promote", "--to", migrated_postgres_url),
        f"{database} was moved to PostgreSQL at {place(postgres_url)}. Name that "
        "database, or run `waypost promote --undo` first.",
    )


def test_a_target_that_was_emptied_since(
    waypost: Command, database: Path, postgres_url: str
) -> None:
    """The links are gone over there, and promoting does not bring them back unasked."""
    ok(waypost("promote", "--to", postgres_url))
    in_postgres(postgres_url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    refused(
        waypost("promote", "--to", postgres_url),
        f"{database} was moved to PostgreSQL at {place(postgres_url)}, but that "
        "database is empty now. Restore it from a backup, or use the old links: "
        "`waypost promote --undo`.",
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--to sqlite:///x.db", "Name a PostgreSQL database: --to postgresql://"),
        ("", "Name a PostgreSQL database: --to postgresql://"),
        ("--undo --to postgresql://h/d", "Say --to URL or --undo, not both."),
        ("--to http://h/d", "Name a PostgreSQL database: --to postgresql://"),
    ],
)
def test_wrong_usage(
    waypost: Command, database: Path, words: str, sentence: str
) -> None:
    """Each is reported in a sentence."""
    outcome = waypost("promote", *words.split())
    assert outcome.code == ExitCode.USAGE
    assert sentence in outcome.stderr
    assert database.exists()


def test_a_folder_of_another_database(
    waypost: Command, database: Path, postgres_url: str
) -> None:
    """Its clicks would count for the wrong links, so they are not taken along."""
    asyncio.run(make_instance(sqlite(database)))
    write_instance(database.parent, "0" * 64)
    refused(
        waypost("promote", "--to", postgres_url),
        f"The click journal in {database.parent.relative_to(Path.cwd())} belongs to "
        f"another database than {database}. Put that file into a folder of its own, "
        "and name the folder with --data-dir.",
    )


def test_an_undo_that_was_killed(
    waypost: Command, database: Path, postgres_url: str
) -> None:
    """It must be finished first, after any of its steps."""
    ok(waypost("promote", "--to", postgres_url))
    write_instance(database.parent, "0" * 64)
    refused(
        waypost("promote", "--to", postgres_url),
        "`waypost promote --undo` was not finished. Run it again.",
    )
    ok(waypost("promote", "--undo"))
    ok(waypost("links"))


def test_nothing_to_move(waypost: Command, tmp_path: Path, postgres_url: str) -> None:
    """It makes no folder to find that out."""
    refused(
        waypost("promote", "--to", postgres_url),
        f"There is no embedded database {tmp_path}/data/waypost.db, so there is "
        "nothing to move. If it is somewhere else, name its folder with --data-dir.",
    )
    assert list(tmp_path.iterdir()) == []


def test_without_the_driver(
    waypost: Command,
    database: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sentence says how to install it."""
    monkeypatch.setattr("waypost.adapters.sql.opening.find_spec", lambda _: None)
    outcome = waypost("promote", "--to", postgres_url)
    assert "needs a driver that is not installed." in outcome.stderr
    assert "Run `make drivers`" in outcome.stderr
    assert database.exists()


SPOILED = """
CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN NEW.target = upper(NEW.target); RETURN NEW; END $$;
CREATE FUNCTION spoil_links() RETURNS event_trigger LANGUAGE plpgsql
AS $$ BEGIN
IF to_regclass('links') IS NOT NULL THEN
CREATE OR REPLACE TRIGGER spoil BEFORE INSERT ON links
FOR EACH ROW EXECUTE FUNCTION spoil();
END IF; END $$;
CREATE EVENT TRIGGER spoiling ON ddl_command_end
WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION spoil_links()
"""


@pytest.mark.slow
def test_a_target_that_changes_rows(
    waypost: Command, database: Path, postgres_url: str
) -> None:
    """The comparison finds it, nothing is moved, and the server can go on."""
    asyncio.run(fill(sqlite(database), FEW))
    in_postgres(postgres_url, SPOILED)
    refused(
        waypost("promote", "--to", postgres_url),
        f"PostgreSQL at {place(postgres_url)} does not give back the rows of the table "
        f"links as they are in {database}. Nothing was moved; look at the encoding of "
        "that database, which has to be UTF8.",
    )
    ok(waypost("links"))
    in_postgres(postgres_url, "DROP EVENT TRIGGER spoiling")
    ok(waypost("promote", "--to", postgres_url))
