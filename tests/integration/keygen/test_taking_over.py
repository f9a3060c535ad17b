"""Keygen takes the plain counter of another program over, and goes on above it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import redis

from tests.keygen import serving
from tests.redis_nodes import redis_node
from tests.servers import FreshRedis
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.adapters.redis.blocks import RedisBlocks, RedisStripe
from waypost.config import Settings, load_settings
from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.services.ids.remember_leases import StripesAboveNodes
from waypost.telemetry.metrics import Metrics
from waypost.wiring.programs.keygen import open_keygen

KEY = "id_allocator:url"
LAST = 5_000


@contextmanager
def client_of(url: str) -> Iterator["redis.Redis"]:
    """Yield a client with which the other program counts."""
    with redis.Redis.from_url(url) as client:
        yield client


def settings_of(database: str, primary: str, secondary: str) -> Settings:
    """Return the settings of a keygen over two nodes."""
    return load_settings(
        DATABASE_URL=database,
        KEYGEN_PRIMARY_REDIS_URL=primary,
        KEYGEN_SECONDARY_REDIS_URL=secondary,
        REDIS_TIMEOUT_SECONDS=5,
    )


@pytest.mark.slow
async def test_both_nodes_are_taken_over(
    migrated_postgres_url: str, fresh_redis: FreshRedis
) -> None:
    """Ids go on above the higher counter, and neither is used any more."""
    primary, secondary = fresh_redis(), fresh_redis()
    for server, last in ((primary, LAST), (secondary, 3 * LAST)):
        with client_of(server.url) as other:
            assert other.incrby(KEY, last) == last
    settings = settings_of(migrated_postgres_url, primary.url, secondary.url)
    async with (
        open_keygen(settings) as app,
        serving(app) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        health = await client.get("/health")
        first = (await client.post("/allocate", json={"size": 10})).json()
    assert health.status_code == 200
    assert first["start"] > 3 * LAST
    for server in (primary, secondary):
        with client_of(server.url) as other:
            assert other.type(KEY) == b"hash"


async def test_a_counter_that_goes_on_is_not_replaced(redis_url: str) -> None:
    """What the other program leases meanwhile is above what was seen, and respected."""
    counter = MemoryBlocks()
    async with redis_node(redis_url) as node:

        class Racing(StripesAboveNodes):
            """The other program leases after the counter was raised above it."""

            leases = 0

            async def lease(self, size: int) -> IdBlock:
                """Return a stripe that is too low by the time it arrives."""
                block = await super().lease(size)
                self.leases += 1
                if self.leases == 1:
                    with client_of(redis_url) as other:
                        other.incrby(KEY, 10_000_000)
                return block

        stripes = Racing(counter, nodes=[RedisStripe(node, key=KEY)])
        with client_of(redis_url) as other:
            other.incrby(KEY, LAST)
        blocks = RedisBlocks(node, key=KEY, stripes=stripes, metrics=Metrics())
        await blocks.ready()
        assert (await blocks.lease(10)).start > LAST + 10_000_000
    assert stripes.leases == 2


async def test_no_stripe_below_the_counter_is_installed(redis_url: str) -> None:
    """Even if the database's ids were not raised above it."""
    with client_of(redis_url) as other:
        other.incrby(KEY, 10_000_000)
    async with redis_node(redis_url) as node:
        blocks = RedisBlocks(node, key=KEY, stripes=MemoryBlocks(), metrics=Metrics())
        with pytest.raises(BackendUnavailable):
            await blocks.lease(10)
        with client_of(redis_url) as other:
            assert other.get(KEY) == b"10000000"


@pytest.mark.parametrize("value", ["not a number", "-5", "1.5"])
async def test_what_is_no_counter_is_left_alone(redis_url: str, value: str) -> None:
    """A value of another kind is not taken for a counter, and the node is not well."""
    with client_of(redis_url) as other:
        other.set(KEY, value)
    async with redis_node(redis_url) as node:
        blocks = RedisBlocks(node, key=KEY, stripes=MemoryBlocks(), metrics=Metrics())
        with pytest.raises(BackendUnavailable):
            await blocks.ready()
        with client_of(redis_url) as other:
            assert other.get(KEY) == value.encode()


async def test_health_until_it_is_taken_over(redis_url: str) -> None:
    """A node whose counter cannot be taken over yet is not well."""
    with client_of(redis_url) as other:
        other.incrby(KEY, LAST)
    settings = settings_of("postgresql://127.0.0.1:1/nowhere", redis_url, "")
    async with (
        open_keygen(settings) as app,
        serving(app) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        health = await client.get("/health")
    assert health.status_code == 503
    assert health.json()["cache"] == "unhealthy"
