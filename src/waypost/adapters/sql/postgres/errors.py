"""What the errors of PostgreSQL, of its driver and of the network mean."""

from typing import Final
from urllib.parse import SplitResult, urlsplit

import asyncpg
from sqlalchemy.exc import DBAPIError

from waypost.adapters.sql.database import DatabaseRefused
from waypost.adapters.sql.failures import FailureLog
from waypost.domain.errors import (
    BackendUnavailable,
    DatabaseDamaged,
    DatabaseNotWritable,
)

FAILURES: Final = (
    DBAPIError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
"""The errors by which driver and system report that a statement was not done."""

# The text of errors of these classes may quote what a client has sent.
_QUOTING: Final = ("22", "23")
_SERVER_LEAVES: Final = ("08", "57P01", "57P02", "57P03")
# data_corrupted, index_corrupted, and an error of the system at reading or writing.
_DAMAGED: Final = frozenset({"XX001", "XX002", "58030"})
_DISK_FULL: Final = "53100"
_DEADLOCK: Final = "40P01"


def failure_log() -> FailureLog:
    """Return a log for the errors of one database."""
    return FailureLog(name_of=lambda error: type(error).__name__, reason_of=_reason)


def unavailable(error: BaseException) -> BackendUnavailable:
    """Return the domain error for *error* of the driver or the system."""
    state = getattr(error, "sqlstate", None) or ""
    if state in _DAMAGED:
        return DatabaseDamaged()
    if state == _DISK_FULL:
        return DatabaseNotWritable()
    found = BackendUnavailable()
    found.is_deadlock = state == _DEADLOCK
    return found


def driver_error(error: BaseException) -> BaseException:
    """Return the error of the driver or the system inside SQLAlchemy's error."""
    inner = getattr(error, "orig", None) or error.__cause__
    if inner is None or isinstance(error, asyncpg.PostgresError | OSError):
        return error
    return driver_error(inner)


def is_farewell(error: BaseException) -> bool:
    """Return whether *error* means that the server ends the connection."""
    return (getattr(error, "sqlstate", None) or "").startswith(_SERVER_LEAVES)


def refusal(error: BaseException, url: str) -> DatabaseRefused | None:
    """Return why *url* cannot be used; None if *error* may be temporary."""
    parts = urlsplit(url)
    server, user = _server(parts), parts.username or "of this process"
    match error:
        case asyncpg.InvalidCatalogNameError():
            return DatabaseRefused(
                f"{server} has no database {parts.path.lstrip('/')}. Make it with "
                "createdb, or name another one in DATABASE_URL."
            )
        case asyncpg.InvalidAuthorizationSpecificationError():
            return DatabaseRefused(
                f"{server} does not let the user {user} in. Correct the user or the "
                "password in DATABASE_URL."
            )
        case asyncpg.InsufficientPrivilegeError():
            return DatabaseRefused(
                f"{server} does not let the user {user} use the database as it needs: "
                f"{error.args[0]}. Make the user the owner of the database."
            )
        case asyncpg.ClientConfigurationError() | ValueError():
            return DatabaseRefused(
                "DATABASE_URL cannot be understood. It looks like "
                "postgresql://user:password@host:5432/database, where special "
                "characters of the password are written as %40 and the like."
            )
    return None


def _server(parts: SplitResult) -> str:
    address = parts.netloc.rpartition("@")[2]
    return f"The PostgreSQL server {address}" if address else "The PostgreSQL server"


def _reason(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None) or ""
    return (
        state
        if state.startswith(_QUOTING)
        else str(error.args[0] if error.args else error)
    )
