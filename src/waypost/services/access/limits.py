"""Which rate limits requests to the API count against."""

from dataclasses import dataclass
from typing import Final

from waypost.domain.access.keys import Principal
from waypost.domain.access.limits import Decision, Policy, Rate
from waypost.ports.access.limits import RateLimiter
from waypost.telemetry.metrics import Metrics

OF_KEYS: Final = "key"
OF_ADDRESSES: Final = "address"
OF_WRONG_KEYS: Final = "wrong-key"
"""The names of the policies; they are published."""

_MINUTE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLimits:
    """The limits of requests to the API. None: there is no limit."""

    limiter: RateLimiter
    metrics: Metrics
    keys: Policy | None = None
    """For each key that has no rate of its own."""
    addresses: Policy | None = None
    """For each client, in requests without a key."""
    wrong_keys: Policy | None = None
    """For each client, in requests with a key that there is not."""

    async def count_key(self, principal: Principal) -> Decision | None:
        """Count a request of *principal*; None: it has no limit."""
        policy = self.keys
        if principal.rate_limit is not None:
            policy = Policy(OF_KEYS, Rate(principal.rate_limit, _MINUTE))
        return await self._count(policy, principal.actor.id or principal.actor.type)

    async def count_address(self, client: str) -> Decision | None:
        """Count a request without a key; None: there is no limit."""
        return await self._count(self.addresses, client)

    async def count_wrong_key(self, client: str) -> Decision | None:
        """Count a request with a wrong key; None: there is no limit."""
        return await self._count(self.wrong_keys, client)

    def refused_guess(self, client: str) -> Decision | None:
        """Return the refusal of a further guess of *client*; None: it may guess."""
        if self.wrong_keys is None:
            return None
        return self._noted(self.limiter.refusal(self.wrong_keys, client))

    async def _count(self, policy: Policy | None, name: str) -> Decision | None:
        if policy is None:
            return None
        return self._noted(await self.limiter.hit(policy, name))

    def _noted(self, decision: Decision | None) -> Decision | None:
        if decision is not None and not decision.is_allowed:
            self.metrics.rate_limited.labels(decision.policy.name).inc()
        return decision
