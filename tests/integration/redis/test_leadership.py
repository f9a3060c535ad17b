"""One process leads; another one takes over when it resigns or is gone."""

import asyncio

import pytest
import redis
from cluster.servers.redis import RedisServer

from tests.redis_nodes import redis_node, until
from waypost.adapters.redis.client import RedisNode
from waypost.adapters.redis.leader import RedisLeadership
from waypost.domain.errors import BackendUnavailable

KEY = "warmer:leader"


def leadership(node: RedisNode, *, seconds: float = 60) -> RedisLeadership:
    """Return the leadership as one process sees it."""
    return RedisLeadership(node, key=KEY, lifetime_seconds=seconds)


async def test_one_leads(redis_url: str) -> None:
    """Of many that try to lead at once one does, and goes on doing so."""
    async with redis_node(redis_url) as node:
        hopefuls = [leadership(node) for _ in range(10)]
        answers = await asyncio.gather(*(each.hold() for each in hopefuls))
        assert answers.count(True) == 1
        assert await asyncio.gather(*(each.hold() for each in hopefuls)) == answers


async def test_who_resigns_lets_the_next_one_lead(redis_url: str) -> None:
    """Resigning ends it at once, and only one's own."""
    async with redis_node(redis_url) as node:
        first, second = leadership(node), leadership(node)
        assert await first.hold()
        await second.resign()
        assert not await second.hold()
        await first.resign()
        assert await second.hold()
        await first.resign()
        assert not await first.hold()


async def test_renewal_prolongs_it(redis_url: str) -> None:
    """Holding again begins its lifetime anew."""
    with redis.Redis.from_url(redis_url) as client:
        async with redis_node(redis_url) as node:
            leader = leadership(node, seconds=60)
            assert await leader.hold()
            assert 50_000 < client.pttl(KEY) <= 60_000
            client.pexpire(KEY, 5_000)
            assert await leader.hold()
            assert 50_000 < client.pttl(KEY) <= 60_000


async def test_dead_leader_is_followed(redis_url: str) -> None:
    """A leadership that is not renewed ends by itself."""
    async with redis_node(redis_url) as node:
        first, second = leadership(node, seconds=0.2), leadership(node)
        assert await first.hold()
        assert not await second.hold()
        await until(second.hold)
        assert not await first.hold()


async def test_no_leader_without_redis(redis_server: RedisServer) -> None:
    """A process that cannot ask gets an error, and does not lead by mistake."""
    async with redis_node(redis_server.url, timeout_seconds=0.1) as node:
        hopeful = leadership(node)
        redis_server.freeze()
        try:
            with pytest.raises(BackendUnavailable):
                await hopeful.hold()
            with pytest.raises(BackendUnavailable):
                await hopeful.resign()
        finally:
            redis_server.thaw()
