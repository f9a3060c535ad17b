"""Open what counts requests for the limits."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from waypost.adapters.memory.rate_limits import MemoryRateLimiter
from waypost.config import Settings
from waypost.domain.access.limits import Decision, Policy, Rate
from waypost.ports.access.limits import RateLimiter, SharedRateCounts
from waypost.services.access.limits import (
    OF_ADDRESSES,
    OF_KEYS,
    OF_WRONG_KEYS,
    AccessLimits,
)
from waypost.services.access.shared_limits import SharedRateLimiter
from waypost.telemetry.metrics import Metrics
from waypost.wiring.parts.store import Store
from waypost.wiring.topology import topology_of

_REDIS_SECONDS: Final = 0.05
"""How long a request waits at most to be counted with those of other servers."""


@asynccontextmanager
async def open_limits(
    settings: Settings, store: Store, metrics: Metrics
) -> AsyncIterator[AccessLimits]:
    """Open the limits of requests, shared over Redis if there is one."""
    async with open_limiter(settings, store, metrics) as limiter:
        yield AccessLimits(
            limiter=limiter,
            keys=_policy(OF_KEYS, settings.key_rate),
            addresses=_policy(OF_ADDRESSES, settings.address_rate),
            wrong_keys=_policy(OF_WRONG_KEYS, settings.wrong_key_rate),
            metrics=metrics,
        )


@asynccontextmanager
async def open_limiter(
    settings: Settings, store: Store, metrics: Metrics
) -> AsyncIterator[RateLimiter]:
    """Open what counts for limits; neither Redis nor the database need answer."""
    own = MemoryRateLimiter()
    if not topology_of(settings).has_redis:
        yield own
        return
    # Redis is optional, and so is its driver.
    from waypost.adapters.redis.rate_limits import RedisRateCounts
    from waypost.wiring.parts.redis import open_node

    async def counts() -> SharedRateCounts:
        secret = settings.CODE_KEY or await store.secrets.secret("code_key")
        return RedisRateCounts(node, secret=secret)

    seconds = min(_REDIS_SECONDS, settings.REDIS_TIMEOUT_SECONDS)
    async with open_node(settings, name="limits", timeout_seconds=seconds) as node:
        yield SharedRateLimiter(
            shared=_OpenedWhenAsked(counts), own=own, metrics=metrics
        )


class _OpenedWhenAsked:
    """Counts that need a secret of the database, which may be away at the start."""

    def __init__(self, open_counts: Callable[[], Awaitable[SharedRateCounts]]) -> None:
        self._open_counts = open_counts
        self._counts: SharedRateCounts | None = None

    async def hit(self, policy: Policy, name: str) -> Decision:
        """Count one more for *name*, if *policy* allows it.

        Raises:
            BackendUnavailable: Redis, or the database, does not answer in time.
        """
        if self._counts is None:
            self._counts = await self._open_counts()
        return await self._counts.hit(policy, name)


def _policy(name: str, rate: Rate | None) -> Policy | None:
    return Policy(name, rate) if rate else None
