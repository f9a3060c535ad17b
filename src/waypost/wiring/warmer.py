"""What the warmer works with: the store, the shared cache, and its leadership."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from waypost.adapters.redis.client import RedisNode
from waypost.adapters.redis.leader import RedisLeadership
from waypost.config import Settings
from waypost.services.warm import WarmLoop
from waypost.telemetry.metrics import Metrics
from waypost.wiring.registry import open_store
from waypost.wiring.requirements import check_process
from waypost.wiring.shared import open_shared

LEADERSHIP_SECONDS: Final = 6.0
"""How long a warmer that was killed keeps the next one from taking over."""
LEADER_KEY: Final = "warmer:leader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmer:
    """A warmer, for as long as it lives."""

    loop: WarmLoop
    metrics: Metrics
    checks: Mapping[str, Callable[[], Awaitable[object]]]
    """What the warmer cannot do without, by name."""


@asynccontextmanager
async def open_warmer(settings: Settings) -> AsyncIterator[Warmer]:
    """Open what keeps the shared cache warm. Redis need not answer yet.

    Raises:
        SettingsError: The settings name no Redis, or no database to share.
        DatabaseRefused: The database cannot be used.
        BackendUnavailable: It does not answer.
    """
    check_process("warmer", settings)
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings))
        shared = await stack.enter_async_context(open_shared(settings))
        assert shared is not None, "the settings were checked"
        node = await stack.enter_async_context(aclosing(_leader_node(settings)))
        yield Warmer(
            loop=WarmLoop(
                leadership=RedisLeadership(
                    node, key=LEADER_KEY, lifetime_seconds=LEADERSHIP_SECONDS
                ),
                hot=shared.hot,
                links=store.storage.links,
                shared=shared.cache,
                metrics=metrics,
                interval=settings.CACHE_WARMER_INTERVAL_SECONDS,
                limit=settings.CACHE_WARMER_TOP_N,
            ),
            metrics=metrics,
            checks={"database": store.storage.ping, "redis": node.ping},
        )


def _leader_node(settings: Settings) -> RedisNode:
    return RedisNode.open(
        settings.REDIS_URL,
        timeout_seconds=settings.REDIS_TIMEOUT_SECONDS,
        name="leadership",
    )
