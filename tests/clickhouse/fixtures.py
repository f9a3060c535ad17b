"""ClickHouse for a test: the engine of `front`, or a server of the environment.

`TEST_CLICKHOUSE_URL` names one in which databases may be made. Tests that stop it are
skipped then.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count

import pytest
from cluster.servers.programs import MissingServerError

from tests.clickhouse.server import ClickHouseServer
from waypost.adapters.clickhouse.client import Address, ClickHouse
from waypost.adapters.clickhouse.schema import Tables, migrate
from waypost.adapters.clickhouse.store import ClickHouseClicks, open_clickhouse
from waypost.adapters.sql.block_records import SqlBlockRecords
from waypost.adapters.sql.opening import open_database

_NUMBERS = count(1)
SECONDS = 120.0
"""How long a query may take: a busy machine is no failure."""


@pytest.fixture(scope="session")
def _session_clickhouse(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ClickHouseServer]:
    server = ClickHouseServer(tmp_path_factory.mktemp("clickhouse"))
    try:
        server.start()
    except MissingServerError as error:
        pytest.skip(str(error))
    yield server
    server.kill()


@pytest.fixture
def clickhouse_server(request: pytest.FixtureRequest) -> ClickHouseServer:
    """A server that may be killed, frozen, and made to refuse."""
    if os.environ.get("TEST_CLICKHOUSE_URL"):
        pytest.skip("the server of TEST_CLICKHOUSE_URL is not ours to stop")
    server: ClickHouseServer = request.getfixturevalue("_session_clickhouse")
    server.thaw()
    server.start()
    server.accept()
    return server


@pytest.fixture
async def clickhouse(request: pytest.FixtureRequest) -> AsyncIterator[Address]:
    """The address of an empty database that is this test's own."""
    url = os.environ.get("TEST_CLICKHOUSE_URL")
    if not url:
        server: ClickHouseServer = request.getfixturevalue("clickhouse_server")
        url = server.url
    database = f"waypost_{os.getpid()}_{next(_NUMBERS)}"
    async with admin(url) as server_itself:
        await server_itself.run(f"CREATE DATABASE {database}")
    yield Address(url=url, database=database)
    async with admin(url) as server_itself:
        await server_itself.run(f"DROP DATABASE IF EXISTS {database}")


@pytest.fixture
async def clickhouse_clicks(
    clickhouse: Address, database_url: str
) -> AsyncIterator[ClickHouseClicks]:
    """A store in ClickHouse whose record is a SQLite database.

    Two clicks on a day make a link busy, so that some links have roll-ups.
    """
    database = await open_database(database_url, timeout_seconds=SECONDS)
    server = ClickHouse(clickhouse, timeout_seconds=SECONDS, max_rows_to_read=0)
    await migrate(server, Tables())
    store = ClickHouseClicks(
        server, SqlBlockRecords(database), tables=Tables(), busy_clicks=2
    )
    yield store
    await store.aclose()
    await database.aclose()


@asynccontextmanager
async def admin(url: str) -> AsyncIterator[ClickHouse]:
    """Yield the server without a database."""
    server = ClickHouse(
        Address(url=url, database="default"),
        timeout_seconds=SECONDS,
        max_rows_to_read=0,
    )
    try:
        yield server
    finally:
        await server.aclose()


@asynccontextmanager
async def clicks_in(
    address: Address,
    database_url: str,
    *,
    timeout_seconds: float = SECONDS,
    max_rows_to_read: int = 0,
) -> AsyncIterator[ClickHouseClicks]:
    """Open the store at *address* whose record is at *database_url*."""
    database = await open_database(database_url, timeout_seconds=SECONDS)
    try:
        store = await open_clickhouse(
            address,
            records=SqlBlockRecords(database),
            timeout_seconds=timeout_seconds,
            max_rows_to_read=max_rows_to_read,
        )
        async with store:
            yield store
    finally:
        await database.aclose()
