"""Rate limits that one process counts for itself."""

import time
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeAlias

from waypost.domain.access.limits import Decision, Policy

MOST_BYTES: Final = 8_000_000
"""Memory for the counts of one policy, about."""
_BYTES_PER_HIT: Final = 8
_BYTES_PER_NAME: Final = 400

_Hits: TypeAlias = "array[float]"
"""When a name was counted, the latest moment last."""


class MemoryRateLimiter:
    """Remembers when each name was counted; `ports.access.limits.RateLimiter`.

    Its memory is bounded: beyond that, the names that were not counted for longest are
    forgotten. Each policy has memory of its own, so that a flood of addresses displaces
    no keys. For one event loop.
    """

    def __init__(
        self,
        *,
        most_bytes: int = MOST_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_bytes = most_bytes
        self._monotonic = monotonic
        self._counts: dict[str, _Counts] = {}

    async def hit(self, policy: Policy, name: str) -> Decision:
        """Count one more for *name*, if *policy* allows it."""
        now = self._monotonic()
        counts = self._counts.get(policy.name)
        if counts is None:
            counts = self._counts[policy.name] = _Counts(self._most_bytes)
        hits = counts.later_than(now - policy.rate.seconds, name)
        is_allowed = len(hits) < policy.rate.quota
        if is_allowed:
            counts.add(name, hits, now)
        return _decision(policy, hits, now, is_allowed=is_allowed)

    def refusal(self, policy: Policy, name: str) -> Decision | None:
        """Return the refusal that holds for *name*; None: it is allowed."""
        counts = self._counts.get(policy.name)
        if counts is None:
            return None
        now = self._monotonic()
        hits = counts.later_than(now - policy.rate.seconds, name)
        if len(hits) < policy.rate.quota:
            return None
        return _decision(policy, hits, now, is_allowed=False)


class _Counts:
    """The hits of one policy by name; the name that was counted last is at the end."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._names: OrderedDict[str, _Hits] = OrderedDict()

    def later_than(self, moment: float, name: str) -> _Hits:
        """Return the hits of *name* after *moment*, and forget those before."""
        hits = self._names.get(name)
        if hits is None:
            return array("d")
        if hits and hits[0] <= moment:
            old = bisect_right(hits, moment)
            del hits[:old]
            self._bytes -= old * _BYTES_PER_HIT
        return hits

    def add(self, name: str, hits: _Hits, now: float) -> None:
        """Add a hit to *hits*, which are those of *name*."""
        hits.append(now)
        self._bytes += _BYTES_PER_HIT
        if name in self._names:
            self._names.move_to_end(name)
        else:
            self._names[name] = hits
            self._bytes += _BYTES_PER_NAME
        while self._bytes > self._most_bytes and len(self._names) > 1:
            _, forgotten = self._names.popitem(last=False)
            self._bytes -= len(forgotten) * _BYTES_PER_HIT + _BYTES_PER_NAME


def _decision(policy: Policy, hits: _Hits, now: float, *, is_allowed: bool) -> Decision:
    rate = policy.rate
    # There may be more hits than the quota, if that was lowered meanwhile.
    first = hits[max(0, len(hits) - rate.quota)]
    return Decision(
        policy=policy,
        is_allowed=is_allowed,
        remaining=max(0, rate.quota - len(hits)),
        reset_seconds=rate.seconds - (now - first),
    )
