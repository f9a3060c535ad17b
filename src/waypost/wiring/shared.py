"""What processes share in Redis, where there is one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass

from waypost.config import Settings
from waypost.ports.caching import HotLinks, Invalidations, SharedCache


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The parts of Redis that an edge and an API use."""

    cache: SharedCache
    invalidations: Invalidations
    hot: HotLinks


@asynccontextmanager
async def open_shared(settings: Settings) -> AsyncIterator[Shared | None]:
    """Open Redis; None: the settings name none.

    It need not answer, now or ever: everything goes on without it.
    """
    if not settings.REDIS_URL:
        yield None
        return
    # Redis is optional, and so is its driver.
    from waypost.adapters.redis.cache import RedisSharedCache
    from waypost.adapters.redis.client import RedisNode
    from waypost.adapters.redis.hot import RedisHotLinks
    from waypost.adapters.redis.invalidations import RedisInvalidations

    seconds = settings.REDIS_TIMEOUT_SECONDS
    async with AsyncExitStack() as stack:
        primary = RedisNode.open(settings.REDIS_URL, timeout_seconds=seconds)
        await stack.enter_async_context(aclosing(primary))
        replica = primary
        if settings.REDIS_REPLICA_URL:
            replica = RedisNode.open(
                settings.REDIS_REPLICA_URL, timeout_seconds=seconds, name="replica"
            )
            await stack.enter_async_context(aclosing(replica))
        yield Shared(
            cache=RedisSharedCache(
                primary=primary,
                replica=replica,
                link_seconds=settings.LINK_CACHE_SECONDS,
                absent_seconds=settings.ABSENCE_CACHE_SECONDS,
            ),
            invalidations=RedisInvalidations(primary),
            hot=RedisHotLinks(
                primary,
                buffer_prefix=settings.CLICK_BUFFER_KEY_PREFIX,
                buffer_seconds=settings.CLICK_BUFFER_TTL_SECONDS,
                hot_key=settings.HOT_URLS_ZSET_KEY,
                hot_seconds=settings.HOT_URLS_TTL_SECONDS,
                top=settings.CACHE_WARMER_TOP_N,
            ),
        )
