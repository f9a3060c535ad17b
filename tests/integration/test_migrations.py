"""Migrating a database: from nothing, again, together, and from the future."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from waypost.adapters.sql import migrate
from waypost.adapters.sql.engine import DatabaseRefused, writing_engine
from waypost.adapters.sql.tables import metadata
from waypost.domain.errors import BackendUnavailable


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The URL of a database that is not there yet, nor its folder."""
    return f"sqlite:///{tmp_path}/data/waypost.db"


def alembic_config() -> Config:
    """Return what Alembic needs to find the scripts."""
    config = Config()
    config.set_main_option("script_location", migrate._SCRIPTS)
    return config


def test_empty_database_is_migrated(url: str) -> None:
    """The database and its folder are made, and have the newest revision."""
    before = (migrate.current_revision(url), migrate.needs_upgrade(url))
    migrate.upgrade(url)
    after = (migrate.current_revision(url), migrate.needs_upgrade(url))
    assert (before, after) == ((None, True), (migrate.HEAD, False))


def test_looking_makes_no_file(url: str, tmp_path: Path) -> None:
    """Asking whether there is something to migrate changes nothing."""
    assert migrate.needs_upgrade(url)
    assert list(tmp_path.iterdir()) == []


def test_migrating_twice_keeps_what_is_there(url: str, tmp_path: Path) -> None:
    """A database that is up to date is left alone."""
    migrate.upgrade(url)
    with closing(sqlite3.connect(tmp_path / "data" / "waypost.db")) as connection:
        connection.execute("INSERT INTO id_allocators VALUES ('ids', 7)")
        connection.commit()
        migrate.upgrade(url)
        rows = connection.execute("SELECT * FROM id_allocators").fetchall()
    assert rows == [("ids", 7)]


def test_head_is_the_newest_script() -> None:
    """`HEAD` names the newest script, so that starting needs no Alembic."""
    script = ScriptDirectory.from_config(alembic_config())
    assert script.get_heads() == [migrate.HEAD]


def test_migrations_make_the_tables_of_the_code(url: str) -> None:
    """The migrated schema has exactly the tables and columns that the code uses."""
    migrate.upgrade(url)
    with writing_engine(url, timeout_seconds=1).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_downgrade_takes_everything_away(url: str) -> None:
    """Downgrading to nothing leaves no table, and migrating again works."""
    migrate.upgrade(url)
    config = alembic_config()
    engine = writing_engine(url, timeout_seconds=1)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    migrate.upgrade(url)
    assert not migrate.needs_upgrade(url)


def test_failed_migration_leaves_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps are one transaction: a failure keeps none of them."""

    def fail(_config: Config, _revision: str) -> None:
        _config.attributes["connection"].exec_driver_sql("CREATE TABLE half (id)")
        raise ZeroDivisionError

    monkeypatch.setattr(command, "upgrade", fail)
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(url)
    with writing_engine(url, timeout_seconds=1).connect() as connection:
        assert inspect(connection).get_table_names() == []


@pytest.mark.slow
def test_processes_migrate_together(url: str) -> None:
    """Of several processes that start at once, one migrates and all go on."""
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        assert len(list(pool.map(migrate.upgrade, [url] * 4, timeout=60))) == 4
    assert not migrate.needs_upgrade(url)


def test_newer_database_is_refused(url: str, tmp_path: Path) -> None:
    """A database of a newer release is left alone, and the reader told what to do."""
    migrate.upgrade(url)
    with closing(sqlite3.connect(tmp_path / "data" / "waypost.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(DatabaseRefused, match=r"revision 9999.*newer"):
        migrate.upgrade(url)
    assert migrate.current_revision(url) == "9999"


def test_file_of_something_else_is_refused(url: str, tmp_path: Path) -> None:
    """A file that is no database is neither read nor overwritten."""
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
