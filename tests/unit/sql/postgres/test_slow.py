"""What the SQL store does when PostgreSQL answers, but late."""

import asyncio
import gc
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from tests.slow_proxy import SlowProxy, slow_proxy
from tests.unit.sql.links import add, link
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import BackendUnavailable
from waypost.services.clicks.count import count_clicks

pytestmark = pytest.mark.slow

LATE = 0.4
TIMEOUT = 2.0
"""Six answers do not come in time together."""
PLENTY = 60.0
CLICKS = {"journal": {1: {1: 1, 2: 1}}}


@pytest.fixture
async def proxy(migrated_postgres_url: str) -> AsyncIterator[SlowProxy]:
    """What stands between the store and its server."""
    port = urlsplit(migrated_postgres_url).port
    assert port is not None
    async with slow_proxy(port) as proxy:
        yield proxy


@pytest.fixture
def limit() -> float:
    """How long a transaction may take."""
    return PLENTY


@pytest.fixture
async def storage(
    migrated_postgres_url: str, proxy: SlowProxy, limit: float
) -> AsyncIterator[SqlStorage]:
    """A store with one connection, on which everything was done once."""
    parts = urlsplit(migrated_postgres_url)
    host = parts.netloc.replace(f":{parts.port}", f":{proxy.port}")
    url = parts._replace(netloc=host).geturl()
    storage = await SqlStorage.open(url, timeout_seconds=limit, pool_size=1)
    await add(storage, link(1))
    await storage.links.by_code("code1")
    await count_clicks({"journal": {0: {1: 1}}}, storage=storage)
    yield storage
    proxy.delay_seconds = 0.0
    await storage.aclose()


async def test_answers_in_time_are_waited_for(
    storage: SqlStorage, proxy: SlowProxy
) -> None:
    """A server that is slow is not one that is away."""
    proxy.delay_seconds = LATE
    assert await storage.links.by_code("code1") == link(1)
    await add(storage, link(2))
    assert await storage.links.by_code("code2") == link(2)


@pytest.mark.parametrize("limit", [TIMEOUT])
async def test_one_time_out_for_the_whole_transaction(
    storage: SqlStorage, proxy: SlowProxy
) -> None:
    """Answers of which each comes in time do not add up to a wait without end."""

    async def add_one_by_one() -> None:
        async with storage.transaction() as transaction:
            for number in range(2, 8):
                await transaction.links.add([link(number)])

    proxy.delay_seconds = LATE
    with pytest.raises(BackendUnavailable):
        await add_one_by_one()
    proxy.delay_seconds = 0.0
    assert [link(1)] == [each.link for each in await storage.links.newest(limit=9)]


async def test_failure_that_no_caller_awaits(
    storage: SqlStorage, proxy: SlowProxy
) -> None:
    """A look-up whose visitor has left may fail without a word of asyncio's."""
    complaints: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    proxy.delay_seconds = LATE
    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(LATE / 4):
                await storage.database.read(
                    lambda connection: connection.exec_driver_sql("SELECT 1/0")
                )
    await asyncio.sleep(3 * LATE)
    gc.collect()
    assert complaints == []


@pytest.mark.parametrize("limit", [TIMEOUT])
async def test_counting_takes_its_time(storage: SqlStorage, proxy: SlowProxy) -> None:
    """No visitor waits for a batch of clicks: each answer has the whole time."""
    proxy.delay_seconds = LATE
    assert (await count_clicks(CLICKS, storage=storage)).fresh == 2


@pytest.mark.parametrize("limit", [TIMEOUT])
async def test_many_who_lease(storage: SqlStorage, proxy: SlowProxy) -> None:
    """Of the requests for a slow server some are served; the rest is refused."""
    blocks = SqlBlocks(storage.database, name="ids")
    await blocks.lease(1)
    proxy.delay_seconds = LATE
    leases = await asyncio.gather(
        *(blocks.lease(10) for _ in range(20)), return_exceptions=True
    )
    starts = [lease.start for lease in leases if not isinstance(lease, BaseException)]
    assert len(set(starts)) == len(starts) > 0
    refused = [lease for lease in leases if isinstance(lease, BaseException)]
    assert {type(lease) for lease in refused} == {BackendUnavailable}
