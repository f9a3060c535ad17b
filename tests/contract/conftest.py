"""Every backend of every port, each empty and fresh."""

from collections.abc import AsyncIterator

import pytest

from tests.keygen import serving
from tests.redis_nodes import redis_node
from waypost.adapters.keygen_client import KeygenBlocks, open_client
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.adapters.memory.secrets import MemorySecrets
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.redis.blocks import RedisBlocks
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.secrets import SqlSecrets
from waypost.adapters.sql.storage import SqlStorage
from waypost.keygen.app import KeygenApp
from waypost.keygen.health import KeygenHealth
from waypost.ports.blocks import BlockSource, IdCounter
from waypost.ports.storage import InstanceSecrets, Storage
from waypost.telemetry.metrics import Metrics


@pytest.fixture
def limit() -> float:
    """How long, in seconds, a store waits for what is locked."""
    return 60.0


@pytest.fixture
async def sql_storage(database_url: str, limit: float) -> AsyncIterator[SqlStorage]:
    """A store on SQLite."""
    storage = await SqlStorage.open(database_url, timeout_seconds=limit)
    yield storage
    await storage.aclose()


@pytest.fixture
async def postgres_storage(
    migrated_postgres_url: str, limit: float
) -> AsyncIterator[SqlStorage]:
    """A store on PostgreSQL."""
    storage = await SqlStorage.open(migrated_postgres_url, timeout_seconds=limit)
    yield storage
    await storage.aclose()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def storage(request: pytest.FixtureRequest, limit: float) -> Storage:
    """A store, of every kind."""
    if request.param == "memory":
        return MemoryStorage(timeout_seconds=limit)
    return _sql_storage(request)


def _sql_storage(request: pytest.FixtureRequest) -> SqlStorage:
    name = "sql_storage" if request.param == "sqlite" else "postgres_storage"
    storage: SqlStorage = request.getfixturevalue(name)
    return storage


@pytest.fixture
async def redis_blocks(redis_url: str) -> AsyncIterator[RedisBlocks]:
    """A Redis node with a counter behind it."""
    async with redis_node(redis_url) as node:
        yield RedisBlocks(node, key="ids", stripes=MemoryBlocks(), metrics=Metrics())


async def _nothing() -> None:
    """Answer as a database would."""


@pytest.fixture
async def keygen_blocks(redis_blocks: RedisBlocks) -> AsyncIterator[KeygenBlocks]:
    """A keygen service over that node."""
    app = KeygenApp(
        blocks=redis_blocks,
        health=KeygenHealth(database=_nothing, nodes=()),
        metrics=Metrics(),
        block_size=1000,
        request_timeout_seconds=60.0,
    )
    async with serving(app) as url, open_client(timeout_seconds=60.0) as client:
        yield KeygenBlocks(client, url=url)


@pytest.fixture(params=["memory", "sqlite", "postgres", "redis", "keygen"])
def blocks(request: pytest.FixtureRequest) -> BlockSource:
    """A source of blocks, of every kind."""
    if request.param == "memory":
        return MemoryBlocks()
    if request.param in {"redis", "keygen"}:
        source: BlockSource = request.getfixturevalue(f"{request.param}_blocks")
        return source
    return SqlBlocks(_sql_storage(request).database, name="ids")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def counter(request: pytest.FixtureRequest) -> IdCounter:
    """A counter of ids, of every kind."""
    if request.param == "memory":
        return MemoryBlocks()
    return SqlBlocks(_sql_storage(request).database, name="ids")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def secrets(request: pytest.FixtureRequest) -> InstanceSecrets:
    """A keeper of secrets, of every kind."""
    if request.param == "memory":
        return MemorySecrets()
    return SqlSecrets(_sql_storage(request).database)
