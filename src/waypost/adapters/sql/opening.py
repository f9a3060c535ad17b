"""URL → database. Each kind is imported when it is opened."""

from importlib.util import find_spec

from waypost.adapters.sql.database import Database, DatabaseRefused, is_postgres

DEFAULT_POOL_SIZE = 5


async def open_database(
    url: str, *, timeout_seconds: float, pool_size: int = DEFAULT_POOL_SIZE
) -> Database:
    """Open the existing database that *url* names.

    *pool_size* is for PostgreSQL; statements on SQLite run one after another.

    Raises:
        DatabaseRefused: There is none, or it cannot be used.
        BackendUnavailable: It cannot be opened at the moment.
    """
    if is_postgres(url):
        require_driver()
        from waypost.adapters.sql.postgres.database import PostgresDatabase  # noqa: PLC0415 - as said above

        return await PostgresDatabase.open(
            url, pool_size=pool_size, timeout_seconds=timeout_seconds
        )
    from waypost.adapters.sql.sqlite.database import SqliteDatabase  # noqa: PLC0415 - as said above

    return await SqliteDatabase.open(url, timeout_seconds=timeout_seconds)


def require_driver() -> None:
    """Refuse PostgreSQL where its driver is not installed.

    Raises:
        DatabaseRefused: It is not; the text says how to install it.
    """
    if not (find_spec("asyncpg") and find_spec("greenlet")):
        raise DatabaseRefused(
            "PostgreSQL needs a driver that is not installed. "
            "Run `make drivers`, or `.venv/bin/pip install -e '.[postgres]'`."
        )
