"""A task that is cancelled while it calls Redis ends, even if redis-py swallows it."""

import asyncio
from contextlib import aclosing

import pytest
from redis.asyncio import Redis

from waypost.adapters.redis.client import RedisNode, heeding_cancellation
from waypost.domain.errors import BackendUnavailable

NOWHERE = "redis://127.0.0.1:1/0"


async def swallowing(redis: Redis) -> str:
    """Answer in the very moment in which the caller is cancelled."""
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return "an answer"
    raise AssertionError("the task was not cancelled")


async def test_swallowed_cancellation_takes_effect() -> None:
    """A cancelled task ends, although its call has succeeded."""
    async with aclosing(RedisNode.open(NOWHERE, timeout_seconds=5)) as node:
        task = asyncio.create_task(node.call(swallowing))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_outer_time_limit_takes_effect() -> None:
    """The same is true for the time limit of an outer caller."""
    async with aclosing(RedisNode.open(NOWHERE, timeout_seconds=5)) as node:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await node.call(swallowing)


async def test_who_cleans_up_may_still_ask() -> None:
    """A cancellation from before is no reason to refuse the last call."""
    async with aclosing(RedisNode.open(NOWHERE, timeout_seconds=5)) as node:

        async def work() -> str:
            try:
                await asyncio.sleep(60)
            finally:
                with pytest.raises(BackendUnavailable):
                    await node.ping()
            return "never"

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_nothing_is_raised_without_need() -> None:
    """What ends by itself is left alone."""
    with heeding_cancellation():
        await asyncio.sleep(0)
    with pytest.raises(KeyError), heeding_cancellation():
        raise KeyError
