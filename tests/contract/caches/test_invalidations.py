"""Every process gets every change, or a notice that it may have missed some."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
import redis

from tests.redis_nodes import redis_node
from waypost.adapters.redis.invalidations import RedisInvalidations
from waypost.domain.events import Invalidation
from waypost.ports.shared_cache import Invalidations


@pytest.fixture
async def redis_invalidations(redis_url: str) -> AsyncIterator[Invalidations]:
    """Invalidations over Redis."""
    async with redis_node(redis_url) as node:
        yield RedisInvalidations(node)


@pytest.fixture(params=["redis"])
def invalidations(request: pytest.FixtureRequest) -> Invalidations:
    """Invalidations, of every kind."""
    found: Invalidations = request.getfixturevalue(f"{request.param}_invalidations")
    return found


@asynccontextmanager
async def listening(
    invalidations: Invalidations,
) -> AsyncIterator[AsyncIterator[Invalidation | None]]:
    """Listen; what is published inside is received."""
    messages = invalidations.listen()
    async with aclosing(messages):
        assert await anext(messages) is None
        yield messages


async def received(
    messages: AsyncIterator[Invalidation | None], number: int
) -> list[Invalidation | None]:
    """Return the next *number* messages."""
    return [await anext(messages) for _ in range(number)]


async def test_every_listener_receives(invalidations: Invalidations) -> None:
    """Each listener receives each change, in order, with its version."""
    changes = [Invalidation("abc", 2), Invalidation("xyz", 7), Invalidation("abc", 3)]
    async with listening(invalidations) as one, listening(invalidations) as two:
        await invalidations.publish(changes[:2])
        await invalidations.publish(changes[2:])
        assert await received(one, 3) == changes
        assert await received(two, 3) == changes


async def test_many_changes_at_once(invalidations: Invalidations) -> None:
    """Thousands of changes are sent; no change is no message."""
    changes = [Invalidation(f"code{number}", number) for number in range(1, 2_346)]
    async with listening(invalidations) as messages:
        await invalidations.publish([])
        await invalidations.publish(changes)
        assert await received(messages, len(changes)) == changes


async def test_no_listener(invalidations: Invalidations) -> None:
    """Publishing without listeners succeeds, and later listeners do not get it."""
    await invalidations.publish([Invalidation("abc", 2)])
    async with listening(invalidations) as messages:
        await invalidations.publish([Invalidation("xyz", 3)])
        assert await received(messages, 1) == [Invalidation("xyz", 3)]


@pytest.mark.slow
async def test_silence_is_no_loss(invalidations: Invalidations) -> None:
    """Silence for a while is no sign of missed messages."""
    async with listening(invalidations) as messages:
        following = asyncio.ensure_future(anext(messages))
        done, _ = await asyncio.wait([following], timeout=1.5)
        assert not done
        await invalidations.publish([Invalidation("abc", 2)])
        assert await following == Invalidation("abc", 2)


async def test_wire_is_pinned(invalidations: Invalidations, redis_url: str) -> None:
    """Other programs send and receive by the channel `url:invalidations`."""
    with redis.Redis.from_url(redis_url) as raw, raw.pubsub() as channel:
        async with listening(invalidations) as messages:
            channel.subscribe("url:invalidations")
            assert channel.get_message(timeout=60)
            await invalidations.publish([Invalidation("abc", 2)])
            message = channel.get_message(timeout=60)
            assert message is not None
            assert message["data"] == b'[["abc",2]]'
            raw.publish("url:invalidations", '[["xyz",4]]')
            assert await received(messages, 2) == [
                Invalidation("abc", 2),
                Invalidation("xyz", 4),
            ]


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b'[["abc"]]', b'"abc"'])
async def test_unreadable_message(
    invalidations: Invalidations, redis_url: str, content: bytes
) -> None:
    """It may have been a change that is missed; the next one is received."""
    async with listening(invalidations) as messages:
        with redis.Redis.from_url(redis_url) as raw:
            raw.publish("url:invalidations", content)
        await invalidations.publish([Invalidation("abc", 2)])
        assert await received(messages, 2) == [None, Invalidation("abc", 2)]
