"""Connections to a SQLite file: how they are opened, and what their errors mean."""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from waypost.adapters.sql.database import DatabaseRefused

_OLDEST_SQLITE: Final = (3, 35, 0)  # the first with RETURNING

# synchronous=FULL: what was acknowledged survives a power cut.
_FOR_WRITING: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "mmap_size = 0",
    "cache_size = -2000",
)
_FOR_READING: Final = (
    "query_only = ON",
    "temp_store = MEMORY",
    "mmap_size = 0",
    "cache_size = -1000",
)


def database_path(url: str) -> Path:
    """Return the file that *url* names.

    Raises:
        DatabaseRefused: *url* is not of the form `sqlite:///path`.
    """
    try:
        parts = make_url(url)
    except ArgumentError:
        raise DatabaseRefused(
            "DATABASE_URL is not a URL. It looks like sqlite:///data/waypost.db."
        ) from None
    if parts.get_backend_name() != "sqlite":
        raise DatabaseRefused(
            f"There is no backend for {parts.get_backend_name()} databases. "
            "Set DATABASE_URL to sqlite:///path, postgresql://… or memory://."
        )
    path = parts.database or ""
    if path in {"", ":memory:"} or path.startswith("file:"):
        raise DatabaseRefused(
            "A SQLite database needs a file: sqlite:///path. "
            "To keep nothing, set DATABASE_URL to memory://."
        )
    return Path(path)


def writing_engine(url: str, *, timeout_seconds: float) -> Engine:
    """Return an engine whose transactions lock the database from their beginning.

    Taking the lock later could fail in the middle of a transaction, if another
    process has written since. Waiting for it takes *timeout_seconds* at most.
    """
    engine = _engine(url, timeout_seconds, _FOR_WRITING)
    event.listen(engine, "begin", _begin)
    return engine


def reading_engine(url: str, *, timeout_seconds: float) -> Engine:
    """Return an engine without transactions: each statement sees the latest commit."""
    return _engine(url, timeout_seconds, _FOR_READING)


def _engine(url: str, timeout_seconds: float, pragmas: tuple[str, ...]) -> Engine:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise DatabaseRefused(
            f"Waypost needs SQLite 3.35 or newer; this Python has "
            f"{sqlite3.sqlite_version}."
        )
    engine = create_engine(
        f"sqlite:///{database_path(url)}",
        poolclass=NullPool,
        connect_args={"timeout": timeout_seconds},
        # Parameters are targets and secrets, and errors end up in logs.
        hide_parameters=True,
    )

    def configure(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions: SQLAlchemy's events do.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", configure)
    return engine


def _begin(connection: Connection) -> None:
    # Through the driver itself: SQLAlchemy would take as long as the INSERT after it.
    driver_of(connection).execute("BEGIN IMMEDIATE")


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Return the driver's own connection."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection), "these engines are SQLite's"
    return driver
