"""Copying rows and comparing them, into each kind of database."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text

from tests.integration.cli.database.test_backup import LINKS, fill
from tests.servers import in_postgres
from waypost.adapters.sql import migrate
from waypost.adapters.sql.sqlite.schema import snapshot
from waypost.adapters.sql.statements.api_keys import add_key
from waypost.adapters.sql.tables import journal_positions
from waypost.adapters.sql.transfer.copying import copy_rows, differing_table
from waypost.adapters.sql.transfer.rows import TRANSFER_SECONDS
from waypost.domain.access.keys import Actor, ApiKey
from waypost.domain.access.scopes import KeyScope

# In another order by the rules of most languages than by their bytes.
JOURNALS = ("b", "B", "a", "A", "_", "\u00e4", "z", "Z", "1")

# As most servers are set up; only one that is built without ICU cannot.
IN_ENGLISH = """
DO $$ BEGIN
IF EXISTS (SELECT FROM pg_collation WHERE collname = 'en-x-icu') THEN
ALTER TABLE journal_positions ALTER journal TYPE text COLLATE "en-x-icu";
END IF; END $$
"""
NOON = LINKS[0].created_at
KEY = ApiKey(
    id="0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11",
    name="shop ü",
    prefix="wp_7Qm2",
    secret_hash="hash",
    previous_hash="hash before",
    previous_until=NOON,
    scopes=(KeyScope.LINKS_READ,),
    created_at=NOON,
    created_by=Actor("operator"),
    revoked_at=NOON,
)


@pytest.fixture
def source(database_url: str) -> str:
    """A database with rows in every table that has any."""
    asyncio.run(fill(database_url, LINKS[:3]))

    def add_journals(connection: Connection) -> None:
        rows = [
            {"journal": name, "segment": 1, "byte_offset": 2, "updated_at": NOON}
            for name in JOURNALS
        ]
        connection.execute(insert(journal_positions), rows)
        add_key(connection, KEY)

    migrate.change(database_url, add_journals, timeout_seconds=TRANSFER_SECONDS)
    return database_url


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated and empty database of each kind."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("migrated_postgres_url")
        in_postgres(url, IN_ENGLISH)
        return url
    url = f"sqlite:///{tmp_path / 'target.db'}"
    migrate.upgrade(url)
    return url


def compare(source: str, target: str, *changes: str) -> str | None:
    """Copy; do *changes* to the target; return which table differs."""
    found: list[str | None] = []

    def copy(into: Connection, progress: Callable[[int], None]) -> None:
        with snapshot(source, timeout_seconds=TRANSFER_SECONDS) as rows:
            copy_rows(rows, into, progress=progress)
            for change in changes:
                into.execute(text(change))
            found.append(differing_table(rows, into, progress=progress))

    numbers: list[int] = []
    copying = partial(copy, progress=numbers.append)
    migrate.change(target, copying, timeout_seconds=TRANSFER_SECONDS)
    assert numbers[0] > 0
    return found[0]


def test_a_copy_is_the_same(source: str, target: str) -> None:
    """All rows of all tables, with any collation of the target."""
    assert compare(source, target) is None


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("DELETE FROM links WHERE id = 3", "links"),
        ("DELETE FROM outbox", "outbox"),
        (
            "UPDATE click_counts SET clicks = clicks + 1 WHERE link_id = 2",
            "click_counts",
        ),
        ("INSERT INTO instance_secrets VALUES ('one', 'more')", "instance_secrets"),
        ("UPDATE api_keys SET revoked_at = NULL", "api_keys"),
        ("UPDATE journal_positions SET journal = 'c' WHERE journal = 'b'", None),
    ],
)
def test_a_difference_is_found(
    source: str, target: str, change: str, table: str | None
) -> None:
    """A row too few, one too many, or another value: the table is named."""
    assert compare(source, target, change) == (table or "journal_positions")
