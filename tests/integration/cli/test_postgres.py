"""The commands that use the database, with one on a PostgreSQL server."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

from tests.integration.cli.conftest import Command
from tests.unit.sql.links import add, link
from waypost.adapters.sql.migrate import HEAD
from waypost.adapters.sql.storage import SqlStorage
from waypost.cli.exits import ExitCode


async def _store(url: str) -> None:
    storage = await SqlStorage.open(url, timeout_seconds=5)
    await add(storage, link(1))
    await storage.aclose()


def test_migrate_and_list(waypost: Command, postgres_url: str) -> None:
    """An empty database is recognised, migrated, and its links are listed."""
    early = waypost("links", DATABASE_URL=postgres_url)
    assert early.code == ExitCode.REFUSED
    assert "on the PostgreSQL server does not have the schema" in early.stderr

    done = waypost("migrate", DATABASE_URL=postgres_url)
    assert done.stdout == f"Upgraded the database from nothing to {HEAD}.\n"
    again = waypost("migrate", "--check", DATABASE_URL=postgres_url)
    assert again.stdout == f"The database is up to date, at revision {HEAD}.\n"

    asyncio.run(_store(postgres_url))
    listed = waypost("links", "--json", DATABASE_URL=postgres_url)
    assert json.loads(listed.stdout)["short_code"] == "code1"


def test_doctor_hides_the_password(
    waypost: Command, migrated_postgres_url: str, tmp_path: Path
) -> None:
    """The doctor finds the database well, and shows its URL without the password."""
    parts = urlsplit(migrated_postgres_url)
    user, _, address = parts.netloc.rpartition("@")
    url = parts._replace(netloc=f"{user}:hush-hush@{address}").geturl()
    outcome = waypost("doctor", "--data-dir", str(tmp_path), DATABASE_URL=url)
    assert f"answers, at revision {HEAD}" in outcome.stdout
    assert "hush-hush" not in outcome.stdout + outcome.stderr


def test_missing_database_is_reported(waypost: Command, postgres_url: str) -> None:
    """A name that the server does not know is one sentence, without a traceback."""
    url = urlsplit(postgres_url)._replace(path="/nowhere").geturl()
    outcome = waypost("migrate", DATABASE_URL=url)
    assert outcome.code == ExitCode.REFUSED
    assert "has no database nowhere" in outcome.stderr
    assert "Traceback" not in outcome.stderr
