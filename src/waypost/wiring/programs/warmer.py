"""The parts of the warmer: the store, the shared cache, and its leadership."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from waypost.adapters.redis.leader import RedisLeadership
from waypost.config import Settings
from waypost.services.links.warm import WarmContext, WarmLoop
from waypost.telemetry.health import Check
from waypost.telemetry.metrics import Metrics
from waypost.wiring.parts.redis import open_node
from waypost.wiring.parts.shared import open_shared
from waypost.wiring.parts.store import open_store

LEADERSHIP_SECONDS: Final = 6.0
"""How long a killed warmer prevents the next one from taking over."""
LEADER_KEY: Final = "warmer:leader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmer:
    """A warmer, for as long as it lives."""

    loop: WarmLoop
    metrics: Metrics
    checks: Mapping[str, Check]
    """What the warmer needs in order to be ready, by name."""


@asynccontextmanager
async def open_warmer(settings: Settings) -> AsyncIterator[Warmer]:
    """Open what keeps the shared cache warm. Redis need not answer yet.

    *settings* have passed `check_process`.

    Raises:
        DatabaseRefused: The database cannot be used.
        BackendUnavailable: It does not answer.
    """
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings))
        shared = await stack.enter_async_context(open_shared(settings))
        assert shared is not None, "a warmer without Redis was not refused"
        node = await stack.enter_async_context(open_node(settings, name="leadership"))
        yield Warmer(
            loop=WarmLoop(
                leadership=RedisLeadership(
                    node, key=LEADER_KEY, lifetime_seconds=LEADERSHIP_SECONDS
                ),
                context=WarmContext(
                    hot=shared.hot,
                    links=store.storage.links,
                    shared=shared.cache,
                    metrics=metrics,
                ),
                interval=settings.CACHE_WARMER_INTERVAL_SECONDS,
                limit=settings.CACHE_WARMER_TOP_N,
            ),
            metrics=metrics,
            checks={"database": store.storage.ping, "redis": node.ping},
        )
