"""Migrating a database: from nothing, again, together, and from the future."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from waypost.adapters.sql import migrate
from waypost.adapters.sql.database import DatabaseRefused, is_postgres
from waypost.adapters.sql.postgres import schema as postgres
from waypost.adapters.sql.sqlite import schema as sqlite
from waypost.adapters.sql.storage import SqlStorage
from waypost.adapters.sql.tables import metadata
from waypost.domain.errors import BackendUnavailable
from waypost.domain.listing.filters import Feature, LinkFilter, Sort


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The URL of a database that is not there yet, nor its folder."""
    return f"sqlite:///{tmp_path}/data/waypost.db"


@pytest.fixture(params=["sqlite", "postgres"])
def any_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without tables, of every kind."""
    name = "url" if request.param == "sqlite" else "postgres_url"
    found: str = request.getfixturevalue(name)
    return found


def changing(url: str, statement: Callable[[Connection], None]) -> None:
    """Run *statement* in a transaction that is committed."""
    change = postgres.change if is_postgres(url) else sqlite.change
    change(url, statement, timeout_seconds=5)


def _run(statement: str, connection: Connection) -> None:
    connection.execute(text(statement))


def table_names(url: str) -> list[str]:
    """Return the tables of the database."""
    names: list[list[str]] = []
    changing(
        url, lambda connection: names.append(inspect(connection).get_table_names())
    )
    return names[0]


def migrate_to(
    url: str, revision: str, migrating: Callable[[Config, str], None]
) -> None:
    """Upgrade or downgrade to *revision*."""
    config = alembic_config()

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        migrating(config, revision)

    changing(url, run)


def alembic_config() -> Config:
    """Return what Alembic needs to find the scripts."""
    config = Config()
    config.set_main_option("script_location", migrate._SCRIPTS)
    return config


def test_empty_database_is_migrated(any_url: str) -> None:
    """The database and its folder are made, and have the newest revision."""
    before = (migrate.current_revision(any_url), migrate.needs_upgrade(any_url))
    migrate.upgrade(any_url)
    after = (migrate.current_revision(any_url), migrate.needs_upgrade(any_url))
    assert (before, after) == ((None, True), (migrate.HEAD, False))


def test_looking_makes_no_file(url: str, tmp_path: Path) -> None:
    """Asking whether there is something to migrate changes nothing."""
    assert migrate.needs_upgrade(url)
    assert list(tmp_path.iterdir()) == []


def test_migrating_twice_keeps_what_is_there(any_url: str) -> None:
    """A database that is up to date is left alone."""
    rows: list[object] = []
    migrate.upgrade(any_url)
    insert = text("INSERT INTO id_allocators VALUES ('ids', 7)")
    changing(any_url, lambda connection: rows.append(connection.execute(insert)))
    migrate.upgrade(any_url)
    select = text("SELECT * FROM id_allocators")
    changing(any_url, lambda connection: rows.extend(connection.execute(select).all()))
    assert rows[1:] == [("ids", 7)]


def test_head_is_the_newest_script() -> None:
    """`HEAD` names the newest script, so that starting needs no Alembic."""
    script = ScriptDirectory.from_config(alembic_config())
    assert script.get_heads() == [migrate.HEAD]


def test_migrations_make_the_tables_of_the_code(any_url: str) -> None:
    """The migrated schema has exactly the tables and columns that the code uses."""
    differences: list[object] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences.extend(compare_metadata(context, metadata))

    migrate.upgrade(any_url)
    changing(any_url, compare)
    assert differences == []


def test_downgrade_takes_everything_away(any_url: str) -> None:
    """Downgrading to nothing leaves no table, and migrating again works."""
    migrate.upgrade(any_url)
    migrate_to(any_url, "base", command.downgrade)
    assert table_names(any_url) == ["alembic_version"]
    migrate.upgrade(any_url)
    assert not migrate.needs_upgrade(any_url)


async def test_links_of_the_release_before_have_versions(any_url: str) -> None:
    """A link that was stored before there were versions has the first one."""
    old = text(
        "INSERT INTO links (id, domain, code, target, created_at, updated_at) VALUES"
        " (1, '', 'old', 'https://example.com/', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
    )
    migrate_to(any_url, "0001", command.upgrade)
    done: list[object] = []
    changing(any_url, lambda connection: done.append(connection.execute(old)))
    assert migrate.needs_upgrade(any_url)
    migrate.upgrade(any_url)
    storage = await SqlStorage.open(any_url, timeout_seconds=5)
    found = await storage.links.by_code("old")
    await storage.aclose()
    assert found is not None
    assert (found.id, found.version) == (1, 1)


async def test_links_of_the_release_before_are_found_by_what_they_have(
    any_url: str,
) -> None:
    """Those that it has listed already are listed again, without being changed."""
    migrate_to(any_url, "0029", command.upgrade)
    made = (
        "INSERT INTO links (id, domain, code, target, created_at, updated_at, options,"
        " version) VALUES (7, '', 'old', 'https://example.com/', CURRENT_TIMESTAMP,"
        ' CURRENT_TIMESTAMP, \'{"title": "Old"}\', 2)'
    )
    listed = (
        "INSERT INTO listed_links (link_id, name, created_at, updated_at, is_disabled,"
        " is_deleted, host, target_key, clicks, words)"
        " VALUES (7, 'old', 1, 1, 0, 0, 'com.example.', 1, 0, ' old')"
    )
    for statement in (made, "DELETE FROM unlisted_links", listed):
        changing(any_url, partial(_run, statement))
    migrate.upgrade(any_url)
    storage = await SqlStorage.open(any_url, timeout_seconds=5)
    wanted, now = LinkFilter(has=frozenset({Feature.TITLE})), datetime.now(UTC)
    while await storage.lists.list_older(limit=10):
        pass
    page = await storage.lists.page(wanted, sort=Sort(), now=now, after=None, limit=10)
    await storage.aclose()
    assert [one.link.code for one in page.links] == ["old"]


def test_failed_migration_leaves_nothing(
    any_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps are one transaction: a failure keeps none of them."""

    def fail(_config: Config, _revision: str) -> None:
        connection = _config.attributes["connection"]
        connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
        raise ZeroDivisionError

    monkeypatch.setattr(command, "upgrade", fail)
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(any_url)
    assert table_names(any_url) == []


@pytest.mark.slow
def test_processes_migrate_together(any_url: str) -> None:
    """Of several processes that start at once, one migrates and all go on."""
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        assert len(list(pool.map(migrate.upgrade, [any_url] * 4, timeout=300))) == 4
    assert not migrate.needs_upgrade(any_url)


def test_newer_database_is_refused(any_url: str) -> None:
    """A database of a newer release is not changed, and the error says what to do."""
    migrate.upgrade(any_url)
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    done: list[object] = []
    changing(any_url, lambda connection: done.append(connection.execute(newer)))
    with pytest.raises(DatabaseRefused, match=r"revision 9999.*newer"):
        migrate.upgrade(any_url)
    with pytest.raises(DatabaseRefused, match=r"revision 9999.*newer"):
        changing(any_url, migrate._upgrade)
    assert migrate.current_revision(any_url) == "9999"


def test_file_of_something_else_is_refused(url: str, tmp_path: Path) -> None:
    """A file that is not a database is neither read nor overwritten."""
    path = tmp_path / "data" / "waypost.db"
    path.parent.mkdir()
    path.write_bytes(b"letters to my aunt " * 500)
    with pytest.raises(BackendUnavailable):
        migrate.upgrade(url)
    assert path.read_bytes() == b"letters to my aunt " * 500


def test_folder_that_cannot_be_made_is_refused(url: str, tmp_path: Path) -> None:
    """Where no folder can be made, nothing can be migrated."""
    (tmp_path / "data").write_text("a file is in the way")
    with pytest.raises(BackendUnavailable):
        migrate.upgrade(url)


def test_looking_needs_no_alembic(url: str) -> None:
    """A start that finds nothing to migrate does not pay for importing Alembic."""
    migrate.upgrade(url)
    program = (
        "import sys; from waypost.adapters.sql import migrate; "
        f"migrate.needs_upgrade({url!r}); migrate.upgrade({url!r}); "
        "print('alembic' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"
