"""The database as commands open it, whether a server uses it or not."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from waypost.adapters.sql.database import DatabaseRefused
from waypost.adapters.sql.sqlite.engine import database_path
from waypost.adapters.sql.storage import SqlStorage
from waypost.config import Settings
from waypost.wiring.offline.schema import read_schema
from waypost.wiring.parts.embedded import left_behind
from waypost.wiring.topology import topology_of


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[SqlStorage]:
    """Open the database, whether a server uses it or not.

    Raises:
        As `read_schema`, and DatabaseRefused: The database needs an upgrade first.
    """
    require_current_schema(settings)
    storage = await SqlStorage.open(
        settings.database_url, timeout_seconds=settings.DATABASE_TIMEOUT_SECONDS
    )
    async with aclosing(storage):
        yield storage


def require_current_schema(settings: Settings) -> None:
    """Refuse a database that needs an upgrade first, is not there, or lacks the links.

    Raises:
        As `open_storage`.
    """
    if left := left_behind(settings):
        raise DatabaseRefused(f"{left.finding} {left.remedy}")
    if not read_schema(settings).is_current:
        is_shared = topology_of(settings).is_shared
        raise DatabaseRefused(_not_ready(settings.database_url, is_shared=is_shared))


def _not_ready(url: str, *, is_shared: bool) -> str:
    path = None if is_shared else database_path(url)
    if path is None or path.exists():
        return (
            f"The database {path or 'on the PostgreSQL server'} does not have the "
            "schema of this release yet. Run `waypost migrate`."
        )
    return (
        f"There is no database {path} yet. Start the server once with "
        "`waypost serve`, or name its folder with --data-dir."
    )
