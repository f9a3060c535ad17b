"""PostgreSQL dies right after a lease: the counter does not go back."""

from contextlib import aclosing

import pytest

from tests.servers import FreshPostgres
from waypost.adapters.sql import migrate
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.storage import SqlStorage


@pytest.mark.slow
async def test_a_lease_survives_the_database(fresh_postgres: FreshPostgres) -> None:
    """Also where the database answers before it has written anything.

    `synchronous_commit` is off on this server, as an operator may have it for speed.
    """
    server = fresh_postgres()
    migrate.upgrade(server.url)
    # Written down by an orderly stop, or the whole schema would be gone as well.
    server.stop()
    server.start()
    starts = []
    for _ in range(3):
        storage = await SqlStorage.open(server.url, timeout_seconds=5)
        async with aclosing(storage):
            block = await SqlBlocks(storage.database, name="ids").lease(10)
            server.kill()
        starts.append(block.start)
        server.start()
    assert starts == [1, 11, 21]
