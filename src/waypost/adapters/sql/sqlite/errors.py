"""What the errors of SQLite and of its driver mean."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DatabaseError

from waypost.adapters.sql.failures import FailureLog
from waypost.domain.errors import (
    BackendUnavailable,
    DatabaseDamaged,
    DatabaseNotWritable,
)

# "Result and Error Codes" of SQLite's documentation. A write beyond a quota is an I/O
# error, and so is one where the disk fails: the operator has to repair both.
_DAMAGED: Final = (
    "SQLITE_CORRUPT",
    "SQLITE_NOTADB",
    "SQLITE_IOERR_READ",
    "SQLITE_IOERR_SHORT_READ",
    "SQLITE_IOERR_CORRUPTFS",
    "SQLITE_IOERR_DATA",
)
_NOT_WRITABLE: Final = (
    "SQLITE_FULL",
    "SQLITE_READONLY",
    "SQLITE_IOERR_WRITE",
    "SQLITE_IOERR_FSYNC",
    "SQLITE_IOERR_TRUNCATE",
)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn errors of the driver into `BackendUnavailable` or a subclass of it."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise _meaning_of(_name_of(error)) from error
    except TimeoutError as error:
        raise BackendUnavailable from error


def failure_log() -> FailureLog:
    """Return a log for the errors of one database."""
    return FailureLog(name_of=_name_of, reason_of=_reason_of)


def _meaning_of(name: str) -> type[BackendUnavailable]:
    if name.startswith(_DAMAGED):
        return DatabaseDamaged
    if name.startswith(_NOT_WRITABLE):
        return DatabaseNotWritable
    return BackendUnavailable


def _name_of(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    cause = _driver_error(error)
    return getattr(cause, "sqlite_errorname", type(cause).__name__)


def _reason_of(error: BaseException) -> str:
    return str(_driver_error(error)) or "no answer in time"


def _driver_error(error: BaseException) -> BaseException:
    cause = error.orig if isinstance(error, DatabaseError) else None
    return cause or error
