"""What the SQL store does when PostgreSQL dies, hangs, and comes back."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from cluster.servers.postgres import PostgresServer

from tests.servers import FreshPostgres
from tests.unit.sql.links import add, link
from waypost.adapters.sql import migrate
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import BackendUnavailable

pytestmark = pytest.mark.slow

# Far more than the store may wait: what is tested is that it does not hang.
HANGS = 120


@pytest.fixture
def server(fresh_postgres: FreshPostgres) -> PostgresServer:
    """A server that may be stopped, with a migrated database."""
    server = fresh_postgres(durable=True)
    migrate.upgrade(server.url)
    return server


@pytest.fixture
async def storage(server: PostgresServer) -> AsyncIterator[SqlStorage]:
    """A store with one link and five connections, which waits 3 seconds."""
    storage = await SqlStorage.open(server.url, timeout_seconds=3)
    await add(storage, link(1))
    await asyncio.gather(*(storage.links.by_code("code1") for _ in range(20)))
    yield storage
    await storage.aclose()


async def test_restart_is_not_noticed(
    storage: SqlStorage, server: PostgresServer
) -> None:
    """After a crash of an idle store's server every request succeeds at once."""
    server.kill()
    server.start()
    found = await asyncio.gather(*(storage.links.by_code("code1") for _ in range(20)))
    assert found == [link(1)] * 20
    server.stop()
    server.start()
    await asyncio.gather(*(add(storage, link(number)) for number in range(2, 22)))
    assert len(await storage.links.newest(limit=99)) == 21


async def test_dead_server_refuses(storage: SqlStorage, server: PostgresServer) -> None:
    """While there is no server everything is refused, and served right after."""
    server.kill()
    for _ in range(2):
        with pytest.raises(BackendUnavailable):
            await storage.links.by_code("code1")
        with pytest.raises(BackendUnavailable):
            await add(storage, link(2))
        with pytest.raises(BackendUnavailable):
            await storage.ping()
    server.start()
    await add(storage, link(2))
    assert await storage.links.by_code("code2") == link(2)


async def test_death_in_a_transaction_undoes_it(
    storage: SqlStorage, server: PostgresServer
) -> None:
    """What was not committed is gone, and nothing of it is done again."""
    done: list[str] = []

    async def die() -> None:
        async with storage.transaction() as transaction:
            transaction.after_commit(lambda: done.append("done"))
            await transaction.links.add([link(2)])
            server.kill()
            server.start()
            with pytest.raises(BackendUnavailable):
                await transaction.links.add([link(3)])

    with pytest.raises(BackendUnavailable):
        await die()
    assert [link(1)] == [each.link for each in await storage.links.newest(limit=9)]
    assert done == []


async def test_death_at_the_commit_is_a_failure(
    storage: SqlStorage, server: PostgresServer
) -> None:
    """A transaction whose commit was not confirmed has failed."""

    async def die() -> None:
        async with storage.transaction() as transaction:
            await transaction.links.add([link(2)])
            server.kill()

    with pytest.raises(BackendUnavailable):
        await die()
    server.start()
    assert await storage.links.by_code("code2") is None


async def test_frozen_server_blocks_no_caller(
    storage: SqlStorage, server: PostgresServer
) -> None:
    """Many requests to a server that hangs are refused in time, and served later."""
    server.freeze()
    async with asyncio.timeout(HANGS):
        outcomes = await asyncio.gather(
            *(storage.links.by_code("code1") for _ in range(20)),
            *(add(storage, link(number)) for number in range(2, 12)),
            return_exceptions=True,
        )
    assert {BackendUnavailable} == {type(outcome) for outcome in outcomes}
    server.thaw()
    assert await storage.links.by_code("code1") == link(1)
    await add(storage, link(50))


async def test_freeze_in_a_transaction(
    storage: SqlStorage, server: PostgresServer
) -> None:
    """Neither a statement nor the roll-back after it waits for a hanging server."""

    async def hang() -> None:
        async with storage.transaction() as transaction:
            await transaction.links.add([link(2)])
            server.freeze()
            await transaction.links.add([link(3)])

    async with asyncio.timeout(HANGS):
        with pytest.raises(BackendUnavailable):
            await hang()
    server.thaw()
    await add(storage, link(2))


async def test_freeze_at_the_commit(
    storage: SqlStorage, server: PostgresServer
) -> None:
    """A commit that is not answered in time has failed for its caller."""
    done: list[str] = []

    async def hang() -> None:
        async with storage.transaction() as transaction:
            transaction.after_commit(lambda: done.append("done"))
            await transaction.links.add([link(2)])
            server.freeze()

    async with asyncio.timeout(HANGS):
        with pytest.raises(BackendUnavailable):
            await hang()
    server.thaw()
    assert done == []


async def test_freeze_at_the_roll_back(
    storage: SqlStorage, server: PostgresServer
) -> None:
    """An exception passes in time although the server hangs."""

    async def hang() -> None:
        async with storage.transaction() as transaction:
            await transaction.links.add([link(2)])
            server.freeze()
            raise ZeroDivisionError

    async with asyncio.timeout(HANGS):
        with pytest.raises(ZeroDivisionError):
            await hang()
    server.thaw()
    await add(storage, link(2))


async def test_frozen_server_does_not_keep_the_store_open(
    storage: SqlStorage, server: PostgresServer
) -> None:
    """Closing waits neither for connections nor for pending requests."""
    server.freeze()
    asking = asyncio.create_task(storage.links.by_code("code1"))
    await asyncio.sleep(0)
    async with asyncio.timeout(HANGS):
        await storage.aclose()
        with pytest.raises(BackendUnavailable):
            await asking
        with pytest.raises(BackendUnavailable):
            await SqlStorage.open(server.url, timeout_seconds=0.2)
    server.thaw()


async def test_frozen_server_is_not_migrated(server: PostgresServer) -> None:
    """Asking a server that hangs for its schema is refused in time."""
    server.freeze()
    async with asyncio.timeout(HANGS):
        with pytest.raises(BackendUnavailable):
            await asyncio.to_thread(
                migrate.needs_upgrade, server.url, timeout_seconds=0.3
            )
    server.thaw()
    assert not migrate.needs_upgrade(server.url)
