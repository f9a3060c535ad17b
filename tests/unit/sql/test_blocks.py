"""The counter of ids, when the database around it has changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.unit.sql.links import add, link
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.storage import SqlStorage


async def test_counter_survives_a_restart(database_url: str) -> None:
    """A block is not handed out again by the next process."""
    starts = []
    for _ in range(2):
        storage = await SqlStorage.open(database_url, timeout_seconds=60)
        starts.append((await SqlBlocks(storage.database, name="ids").lease(10)).start)
        await storage.aclose()
    assert starts == [1, 11]


async def test_lost_counter_begins_above_the_links(
    storage: SqlStorage, database_file: Path
) -> None:
    """A counter that is gone starts again where no link has an id."""
    blocks = SqlBlocks(storage.database, name="ids")
    await blocks.lease(1000)
    await add(storage, link(700))
    with closing(sqlite3.connect(database_file)) as connection, connection:
        connection.execute("DELETE FROM id_allocators")
    assert (await blocks.lease(10)).start == 701


async def test_counter_behind_the_links_catches_up(storage: SqlStorage) -> None:
    """Imported links, or an old counter, cannot make an id come twice."""
    blocks = SqlBlocks(storage.database, name="ids")
    await blocks.lease(10)
    await add(storage, link(700))
    assert [(await blocks.lease(5)).start for _ in range(2)] == [701, 706]


async def test_counters_have_names(storage: SqlStorage) -> None:
    """Another name is another counter."""
    await SqlBlocks(storage.database, name="ids").lease(10)
    assert (await SqlBlocks(storage.database, name="others").lease(10)).start == 1
