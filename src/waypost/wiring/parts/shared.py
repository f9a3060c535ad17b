"""What processes share in Redis, where there is one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from waypost.config import Settings
from waypost.ports.hot_links import HotLinks
from waypost.ports.shared_cache import Invalidations, SharedCache
from waypost.wiring.topology import topology_of


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
    if not topology_of(settings).has_redis:
        yield None
        return
    # Redis is optional, and so is its driver.
    from waypost.adapters.redis.cache import RedisSharedCache
    from waypost.adapters.redis.invalidations import RedisInvalidations
    from waypost.wiring.parts.redis import hot_links, open_node

    async with AsyncExitStack() as stack:
        primary = replica = await stack.enter_async_context(open_node(settings))
        if url := settings.REDIS_REPLICA_URL:
            replica = await stack.enter_async_context(
                open_node(settings, name="replica", url=url)
            )
        yield Shared(
            cache=RedisSharedCache(
                primary=primary,
                replica=replica,
                link_seconds=settings.LINK_CACHE_SECONDS,
                absent_seconds=settings.ABSENCE_CACHE_SECONDS,
            ),
            invalidations=RedisInvalidations(primary),
            hot=hot_links(settings, primary),
        )
