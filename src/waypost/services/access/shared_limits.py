"""Rate limits over several processes, which hold in each one while they are apart."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from waypost.domain.access.limits import Decision, Policy
from waypost.domain.errors import BackendUnavailable
from waypost.ports.access.limits import RateLimiter, SharedRateCounts
from waypost.telemetry.metrics import Metrics

_MOST_REFUSALS: Final = 10_000


class SharedRateLimiter:
    """Counts in *shared*, and in *own* while that is away.

    A refusal is remembered until its end: in a window that moves, no other process can
    make it invalid before. So a client that ignores refusals costs no calls.
    """

    def __init__(
        self,
        *,
        shared: SharedRateCounts,
        own: RateLimiter,
        metrics: Metrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = shared
        self._own = own
        self._metrics = metrics
        self._monotonic = monotonic
        self._refusals: OrderedDict[tuple[Policy, str], tuple[Decision, float]] = (
            OrderedDict()
        )

    async def hit(self, policy: Policy, name: str) -> Decision:
        """Count one more for *name*, if *policy* allows it."""
        refused = self._remembered(policy, name)
        if refused is not None:
            return refused
        try:
            decision = await self._shared.hit(policy, name)
        except BackendUnavailable:
            self._metrics.rate_limits_unshared.inc()
            return await self._own.hit(policy, name)
        if decision.remaining == 0:
            self._remember(decision, name)
        return decision

    def refusal(self, policy: Policy, name: str) -> Decision | None:
        """Return the refusal that holds for *name*, as far as this process knows."""
        return self._remembered(policy, name) or self._own.refusal(policy, name)

    def _remember(self, decision: Decision, name: str) -> None:
        until = self._monotonic() + decision.reset_seconds
        self._refusals[decision.policy, name] = (
            replace(decision, is_allowed=False),
            until,
        )
        if len(self._refusals) > _MOST_REFUSALS:
            self._refusals.popitem(last=False)

    def _remembered(self, policy: Policy, name: str) -> Decision | None:
        decision, until = self._refusals.get((policy, name), (None, 0.0))
        left = until - self._monotonic()
        if decision is None:
            return None
        if left <= 0:
            del self._refusals[policy, name]
            return None
        return replace(decision, reset_seconds=left)
