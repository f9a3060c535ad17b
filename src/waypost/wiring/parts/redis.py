"""Parts over Redis, made from the settings in one place for every process.

Import it only where Redis is configured: Redis is optional, and so is its driver.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from waypost.adapters.redis.client import RedisNode
from waypost.adapters.redis.hot import ClickBuffers, HotSet, RedisHotLinks
from waypost.config import Settings

STREAM_SECONDS = 5.0
"""Deadline for the stream of clicks: thousands of them, each batch written to disk
before it is answered, and no visitor waits for it."""


@asynccontextmanager
async def open_node(
    settings: Settings,
    *,
    name: str = "primary",
    url: str = "",
    timeout_seconds: float | None = None,
) -> AsyncIterator[RedisNode]:
    """Open the server at *url*, `REDIS_URL` by default; the log calls it *name*.

    It need not answer, now or ever. *timeout_seconds* is for callers that keep no
    visitor waiting; the default is `REDIS_TIMEOUT_SECONDS`.
    """
    node = RedisNode.open(
        url or settings.REDIS_URL,
        timeout_seconds=timeout_seconds or settings.REDIS_TIMEOUT_SECONDS,
        name=name,
    )
    async with aclosing(node):
        yield node


def hot_links(settings: Settings, node: RedisNode) -> RedisHotLinks:
    """Return the counters of pending clicks and the hot set, kept in *node*."""
    return RedisHotLinks(
        node,
        buffers=ClickBuffers(
            prefix=settings.CLICK_BUFFER_KEY_PREFIX.removesuffix(":") + ":",
            seconds=settings.CLICK_BUFFER_TTL_SECONDS,
        ),
        hot_set=HotSet(
            key=settings.HOT_URLS_ZSET_KEY,
            seconds=settings.HOT_URLS_TTL_SECONDS,
            top=settings.CACHE_WARMER_TOP_N,
        ),
    )
