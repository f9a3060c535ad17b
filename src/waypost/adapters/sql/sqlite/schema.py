"""A SQLite file as migrations see it: without asyncio, with exclusive access."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection

from waypost.adapters.sql.dialect import begin_snapshot
from waypost.adapters.sql.sqlite.engine import (
    database_path,
    reading_engine,
    writing_engine,
)
from waypost.adapters.sql.sqlite.errors import failure_log, translated_errors
from waypost.domain.errors import BackendUnavailable

T = TypeVar("T")


def look(
    url: str, statement: Callable[[Connection], T], *, timeout_seconds: float
) -> T | None:
    """Return what *statement* finds; None: there is no file, and none is made."""
    if not database_path(url).exists():
        return None
    engine = reading_engine(url, timeout_seconds=timeout_seconds)
    with (
        failure_log().watching(),
        translated_errors(),
        engine.connect() as connection,
    ):
        return statement(connection)


@contextmanager
def snapshot(url: str, *, timeout_seconds: float) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is now, until the end.

    Reading through it raises the errors of the driver.

    Raises:
        BackendUnavailable: The database cannot be read.
    """
    with reading_engine(url, timeout_seconds=timeout_seconds).connect() as connection:
        with translated_errors():
            begin_snapshot(connection)
        yield connection


def change(
    url: str, statement: Callable[[Connection], None], *, timeout_seconds: float
) -> None:
    """Run *statement* in a transaction, alone, in a file that is made if needed."""
    try:
        database_path(url).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BackendUnavailable from error
    engine = writing_engine(url, timeout_seconds=timeout_seconds)
    with failure_log().watching(), translated_errors(), engine.begin() as connection:
        statement(connection)
