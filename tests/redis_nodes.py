"""Redis nodes for tests, closed when the test is over."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from waypost.adapters.redis.client import RedisNode
from waypost.domain.errors import BackendUnavailable


@asynccontextmanager
async def redis_node(
    url: str, *, timeout_seconds: float = 10.0
) -> AsyncIterator[RedisNode]:
    """Open the server at *url*, with a longer timeout than the product has."""
    node = RedisNode.open(url, timeout_seconds=timeout_seconds)
    try:
        yield node
    finally:
        await node.aclose()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until *condition* holds; the test's time-out bounds it."""
    while not await condition():  # noqa: ASYNC110  # the server sends no event
        await asyncio.sleep(0.02)


async def succeeded(call: Callable[[], Awaitable[object]]) -> None:
    """Call until it works: a busy machine may take a server for away."""

    async def works() -> bool:
        try:
            await call()
        except BackendUnavailable:
            return False
        return True

    await until(works)


async def answered(node: RedisNode) -> None:
    """Wait until the server answers."""
    await succeeded(node.ping)
