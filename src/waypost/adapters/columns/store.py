"""Opens a store of enriched clicks: a SQLite file, or a PostgreSQL database."""

import asyncio
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from waypost.adapters.columns import schema
from waypost.adapters.columns.administrator import ColumnsAdministrator
from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.drivers.sqlite import SqliteConnection, inode_of
from waypost.adapters.columns.drivers.threads import ConnectionThreads
from waypost.adapters.columns.reading.asking import MOST_ROWS
from waypost.adapters.columns.reports import ColumnsReports
from waypost.adapters.columns.writer import ColumnsWriter
from waypost.adapters.columns.writing.values import ValueIds
from waypost.domain.errors import Unusable

_READERS: Final = 2


class ClickStore(ColumnsWriter, ColumnsReports, ColumnsAdministrator):
    """An open store: every side of `ports/analytics`.

    Open it with `open_sqlite` or `open_postgres`. Connections are opened when first
    needed: a process that only reads has none for writing.
    """

    def __init__(
        self,
        *,
        writer: Callable[[], Connection],
        reader: Callable[[], Connection],
        report_seconds: float,
        most_rows: int = MOST_ROWS,
    ) -> None:
        self._writer_threads = ConnectionThreads(writer, size=1)
        self._reader_threads = ConnectionThreads(reader, size=_READERS)
        read, write, ids = self._reader_threads, self._writer_threads, ValueIds()
        ColumnsWriter.__init__(self, write, ids=ids)
        ColumnsReports.__init__(
            self, read, timeout_seconds=report_seconds, most_rows=most_rows
        )
        ColumnsAdministrator.__init__(self, write, read, ids=ids)

    async def aclose(self) -> None:
        """Close every connection, once its current job is done."""
        await self._reader_threads.aclose()
        await self._writer_threads.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


async def open_sqlite(
    path: Path,
    *,
    timeout_seconds: float = 5.0,
    report_seconds: float = 30.0,
    most_rows: int = MOST_ROWS,
) -> ClickStore:
    """Open the file at *path*, such as `clicks.db`, and make it where it is missing.

    Its folder exists. Waiting for another process that writes takes *timeout_seconds*
    at most, and a report *report_seconds*; it reads *most_rows* clicks at most.

    Raises:
        Unusable: A newer release has made it.
        BackendUnavailable: It cannot be opened or written.
    """
    connect = partial(SqliteConnection, path, timeout_seconds=timeout_seconds)
    await asyncio.to_thread(_prepare, connect, schema.SQLITE)
    again = partial(connect, inode=await asyncio.to_thread(inode_of, path))
    return ClickStore(
        writer=again,
        reader=partial(again, is_reader=True),
        report_seconds=report_seconds,
        most_rows=most_rows,
    )


async def open_postgres(
    url: str,
    *,
    timeout_seconds: float = 5.0,
    report_seconds: float = 30.0,
    most_rows: int = MOST_ROWS,
) -> ClickStore:
    """Open the database that *url* names, and make the tables that are missing.

    A statement has *timeout_seconds*, and a report *report_seconds*; it reads
    *most_rows* clicks at most.

    Raises:
        Unusable: A newer release has made the tables, or the driver is missing.
        BackendUnavailable: The server does not answer, or does not let this user in.
    """
    if not find_spec("asyncpg"):
        raise Unusable(
            "PostgreSQL needs a driver that is not installed. "
            "Run `make drivers`, or `.venv/bin/pip install -e '.[postgres]'`."
        )
    # Here, because only those who use it have its driver.
    from waypost.adapters.columns.drivers.postgres import PostgresConnection  # noqa: PLC0415 - see above

    connect = partial(PostgresConnection, url, timeout_seconds=timeout_seconds)
    await asyncio.to_thread(_prepare, connect, schema.POSTGRES)
    return ClickStore(
        writer=connect,
        reader=connect,
        report_seconds=report_seconds,
        most_rows=most_rows,
    )


def _prepare(connect: Callable[[], Connection], types: dict[str, str]) -> None:
    connection = connect()
    try:
        schema.prepare(connection, types)
    finally:
        connection.close()
