"""What the errors of PostgreSQL, of its driver and of the network mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import SplitResult, urlsplit

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from waypost.adapters.sql.database import DatabaseRefused
from waypost.domain.errors import BackendUnavailable
from waypost.telemetry.rarely import Rarely

log = structlog.get_logger()

FAILURES: Final = (
    DBAPIError,
    PoolTimeout,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
"""Whatever says that the server did not do what it was asked."""

_SILENCE_SECONDS: Final = 10.0
"""How long an error is not logged again."""

# The text of errors of these classes may quote what a client has sent.
_QUOTING: Final = ("22", "23")
_SERVER_LEAVES: Final = ("08", "57P01", "57P02", "57P03")


class FailureLog:
    """Logs failures; the same one again only after a while."""

    def __init__(self) -> None:
        self._rarely = Rarely(seconds=_SILENCE_SECONDS)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Log a `BackendUnavailable` that passes."""
        try:
            yield
        except BackendUnavailable as error:
            self._report(error.__cause__ or error)
            raise

    def _report(self, error: BaseException) -> None:
        name = type(error).__name__
        if self._rarely.may_tell(name):
            log.warning("database.failed", error=name, reason=_reason(error))


def driver_error(error: BaseException) -> BaseException:
    """Return what the driver or the system said, out of what is wrapped around it."""
    inner = getattr(error, "orig", None) or error.__cause__
    if inner is None or isinstance(error, asyncpg.PostgresError | OSError):
        return error
    return driver_error(inner)


def is_farewell(error: BaseException) -> bool:
    """Tell whether the server says with *error* that the connection ends."""
    return (getattr(error, "sqlstate", None) or "").startswith(_SERVER_LEAVES)


def refusal(error: BaseException, url: str) -> DatabaseRefused | None:
    """Return what to tell who gave *url*; None: *error* may pass by itself."""
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
