"""Open what counts requests for the limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from waypost.adapters.memory.rate_limits import MemoryRateLimiter
from waypost.config import Settings
from waypost.domain.access.limits import Policy, Rate
from waypost.ports.access.limits import RateLimiter
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
    """Open the limits of requests, shared over Redis if there is one.

    Raises:
        BackendUnavailable: The database does not answer.
    """
    async with _open_limiter(settings, store, metrics) as limiter:
        yield AccessLimits(
            limiter=limiter,
            keys=_policy(OF_KEYS, settings.key_rate),
            addresses=_policy(OF_ADDRESSES, settings.address_rate),
            wrong_keys=_policy(OF_WRONG_KEYS, settings.wrong_key_rate),
            metrics=metrics,
        )


@asynccontextmanager
async def _open_limiter(
    settings: Settings, store: Store, metrics: Metrics
) -> AsyncIterator[RateLimiter]:
    own = MemoryRateLimiter()
    if not topology_of(settings).has_redis:
        yield own
        return
    # Redis is optional, and so is its driver.
    from waypost.adapters.redis.rate_limits import RedisRateCounts
    from waypost.wiring.parts.redis import open_node

    secret = settings.CODE_KEY or await store.secrets.secret("code_key")
    seconds = min(_REDIS_SECONDS, settings.REDIS_TIMEOUT_SECONDS)
    async with open_node(settings, name="limits", timeout_seconds=seconds) as node:
        yield SharedRateLimiter(
            shared=RedisRateCounts(node, secret=secret), own=own, metrics=metrics
        )


def _policy(name: str, rate: Rate | None) -> Policy | None:
    return Policy(name, rate) if rate else None
