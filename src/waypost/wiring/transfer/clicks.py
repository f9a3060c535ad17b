"""The tables of the store of clicks, for backups, restores and moves."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from waypost.adapters.columns.schema import BACKED_UP
from waypost.adapters.columns.store import open_postgres, open_sqlite
from waypost.adapters.sql.sqlite.schema import snapshot
from waypost.adapters.sql.transfer.clicks import ClickTables
from waypost.config import Settings
from waypost.wiring.analytics.store import clicks_file
from waypost.wiring.topology import topology_of

_READING_SECONDS: Final = 60.0


def names() -> frozenset[str]:
    """Return the names of the tables that are moved."""
    return frozenset(BACKED_UP)


@contextmanager
def click_tables(
    settings: Settings, connection: Connection
) -> Iterator[ClickTables | None]:
    """Yield the clicks of *settings* as they are now; None: none were ever stored.

    *connection* is one to the database of *settings*, which holds them too if several
    processes share it.

    Raises:
        BackendUnavailable: They cannot be read.
    """
    if topology_of(settings).is_shared:
        yield ClickTables(connection, BACKED_UP)
        return
    path = clicks_file(settings)
    if not path.exists():
        yield None
        return
    with snapshot(f"sqlite:///{path}", timeout_seconds=_READING_SECONDS) as file:
        yield ClickTables(file, BACKED_UP)


def copy_clicks(
    source: Settings, target: Connection, *, progress: Callable[[int], None]
) -> str | None:
    """Replace the clicks in *target* by those of the embedded store of *source*.

    Return a table whose rows *target* does not give back as they are; None: all are
    equal. *progress* gets the number of rows.

    Raises:
        BackendUnavailable: The embedded store cannot be read.
    """
    path = clicks_file(source)
    if not path.exists():
        return None
    theirs = ClickTables(target, BACKED_UP)
    theirs.empty()
    with snapshot(f"sqlite:///{path}", timeout_seconds=_READING_SECONDS) as file:
        ours = ClickTables(file, BACKED_UP)
        columns = ours.columns()
        loader = theirs.loader(columns)
        rows = 0
        for table in columns:
            for _, lines in ours.chunks(table):
                rows += loader.add(table, lines)
                progress(rows)
        loader.finish()
        for table in columns:
            pairs = zip_longest(ours.chunks(table), theirs.chunks(table))
            if any(one != other for one, other in pairs):
                return table
    return None


def make_file(path: Path) -> None:
    """Make an empty store of clicks at *path*. Raises BackendUnavailable."""

    async def make() -> None:
        await (await open_sqlite(path)).aclose()

    asyncio.run(make())


def make_tables(url: str) -> None:
    """Make the tables of clicks in a PostgreSQL database, where they are missing.

    Raises:
        Unusable: A newer release has made them.
        BackendUnavailable: The server does not answer.
    """

    async def make() -> None:
        await (await open_postgres(url)).aclose()

    asyncio.run(make())
