"""Which databases are taken, and how they are set up."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine

from waypost.adapters.sql.database import DatabaseRefused
from waypost.adapters.sql.sqlite.engine import (
    database_path,
    reading_engine,
    writing_engine,
)
from waypost.adapters.sql.storage import SqlStorage


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////abs/way.db", "/abs/way.db"),
        ("sqlite:///rel/way.db", "rel/way.db"),
        ("sqlite:///with space/ünï.db", "with space/ünï.db"),
    ],
)
def test_url_names_a_file(url: str, path: str) -> None:
    """Three slashes are a path from the working folder, four an absolute one."""
    assert Path(path) == database_path(url)


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("sqlite://", "memory://"),
        ("sqlite:///:memory:", "memory://"),
        ("sqlite:///file:x?mode=memory", "memory://"),
        ("mysql://host/db", "There is no backend for mysql"),
        ("waypost.db", "sqlite:///data/waypost.db"),
    ],
)
def test_other_urls_are_refused(url: str, advice: str) -> None:
    """A URL that names no file is refused with what to set instead."""
    with pytest.raises(DatabaseRefused, match=advice):
        database_path(url)


async def test_missing_database_is_not_made(tmp_path: Path) -> None:
    """Opening says how to make the database, and leaves no empty file."""
    path = tmp_path / "waypost.db"
    with pytest.raises(DatabaseRefused, match="waypost migrate"):
        await SqlStorage.open(f"sqlite:///{path}", timeout_seconds=1)
    assert not path.exists()


def test_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Python with an older SQLite than is needed is refused."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(DatabaseRefused, match=r"needs SQLite 3\.35"):
        reading_engine(f"sqlite:///{tmp_path}/x.db", timeout_seconds=1)


def _pragma(engine: Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 1500),
        ("mmap_size", 0),
        ("cache_size", -2000),
    ],
)
def test_writing_is_durable_and_bounded(
    database_url: str, pragma: str, value: object
) -> None:
    """A commit is on the disk when it is acknowledged; memory and waits are bounded."""
    engine = writing_engine(database_url, timeout_seconds=1.5)
    assert value == _pragma(engine, pragma)


def test_readers_cannot_write(database_url: str) -> None:
    """A connection for reading refuses to change anything."""
    assert _pragma(reading_engine(database_url, timeout_seconds=1), "query_only") == 1
