"""Limits of requests over Redis, while it answers, is killed or hangs."""

import asyncio
from collections.abc import Callable

import pytest
from cluster.servers.redis import RedisServer
from redis import Redis

from tests.redis_nodes import answered, redis_node, until
from waypost.adapters.memory.rate_limits import MemoryRateLimiter
from waypost.adapters.redis.client import RedisNode
from waypost.adapters.redis.rate_limits import RedisRateCounts
from waypost.domain.access.limits import Policy, Rate
from waypost.services.access.shared_limits import SharedRateLimiter
from waypost.telemetry.metrics import Metrics

POLICY = Policy("address", Rate(5, 86_400))
ADDRESS = "192.0.2.77"


def limiter_over(node: RedisNode, metrics: Metrics) -> SharedRateLimiter:
    """Return what one server decides by."""
    return SharedRateLimiter(
        shared=RedisRateCounts(node, secret="of the tests"),
        own=MemoryRateLimiter(),
        metrics=metrics,
    )


def unshared(metrics: Metrics) -> float:
    """Return how many decisions were made without Redis."""
    value = metrics.registry.get_sample_value("waypost_rate_limits_unshared_total")
    assert value is not None
    return value


async def test_servers_share_a_limit_and_addresses_are_not_stored(
    redis_url: str,
) -> None:
    """Of many at once over two servers exactly the quota is allowed."""
    async with redis_node(redis_url) as one, redis_node(redis_url) as two:
        limiters = [limiter_over(node, Metrics()) for node in (one, two)]
        decisions = await asyncio.gather(
            *(limiters[number % 2].hit(POLICY, ADDRESS) for number in range(20))
        )
    assert sum(one.is_allowed for one in decisions) == 5
    with Redis.from_url(redis_url) as redis:
        (key,) = redis.keys("rate:*")
        assert ADDRESS.encode() not in key
        # It goes by itself.
        assert 0 < redis.pttl(key) <= 86_400_000


async def test_a_refusal_is_remembered_without_redis(
    redis_server: RedisServer,
) -> None:
    """A client that goes on costs no calls: what is refused stays so until its end."""
    metrics = Metrics()
    async with redis_node(redis_server.url) as node:
        limiter = limiter_over(node, metrics)
        assert limiter.refusal(POLICY, ADDRESS) is None
        for _ in range(5):
            assert (await limiter.hit(POLICY, ADDRESS)).is_allowed
        redis_server.kill()
        refused = await limiter.hit(POLICY, ADDRESS)
        assert not refused.is_allowed
        assert 0 < refused.reset_seconds <= 86_400
        assert limiter.refusal(POLICY, ADDRESS) is not None
        assert unshared(metrics) == 0


@pytest.mark.slow
@pytest.mark.parametrize("outage", [RedisServer.kill, RedisServer.freeze])
async def test_without_redis_each_server_limits_for_itself(
    redis_server: RedisServer, outage: Callable[[RedisServer], None]
) -> None:
    """No request waits for long or is refused for it, and the metric counts them."""
    metrics = Metrics()
    async with redis_node(redis_server.url, timeout_seconds=0.2) as node:
        await answered(node)
        limiter = limiter_over(node, metrics)
        outage(redis_server)
        # Fewer seconds than it would take if each of them waited.
        async with asyncio.timeout(100):
            decisions = [
                await limiter.hit(POLICY, str(number % 100)) for number in range(1_000)
            ]
        assert sum(one.is_allowed for one in decisions) == 100 * 5
        assert unshared(metrics) == 1_000

        redis_server.thaw()
        redis_server.start()

        async def is_shared() -> bool:
            before = unshared(metrics)
            await limiter.hit(POLICY, "another")
            return unshared(metrics) == before

        await until(is_shared)
