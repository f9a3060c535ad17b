"""How new an answer about a code must be, for a few seconds after it changed."""

import sys
from collections.abc import Callable
from typing import Final

NO_ANSWER: Final = sys.maxsize
"""A minimum that no answer reaches."""


class MinimumVersions:
    """Versions by code, each for *seconds*; bounded.

    A cache that lags may go on returning an old version after every process has got
    the report of the new one; a process that knows the new version recognises that.
    Beyond *limit* codes the oldest are given up, and until their time is over no
    answer is new enough, of any code.
    """

    def __init__(
        self, *, seconds: float, limit: int, monotonic: Callable[[], float]
    ) -> None:
        assert limit > 0, "minimum versions need room"
        self._seconds = seconds
        self._limit = limit
        self._monotonic = monotonic
        # In order of their ends: a raised minimum moves to the end.
        self._versions: dict[str, tuple[int, float]] = {}
        self._given_up_until = 0.0

    def __len__(self) -> int:
        return len(self._versions)

    def of(self, code: str) -> int:
        """Return the least version of *code* that is accepted, 0 if any is."""
        now = self._monotonic()
        version, until = self._versions.get(code, (0, 0.0))
        if now < self._given_up_until:
            return NO_ANSWER
        return version if now < until else 0

    def raise_to(self, code: str, version: int) -> None:
        """Accept nothing older than *version* of *code* from now on."""
        now = self._monotonic()
        self._forget_until(now)
        known, _ = self._versions.pop(code, (0, 0.0))
        self._versions[code] = (max(known, version), now + self._seconds)
        if len(self._versions) > self._limit:
            _, self._given_up_until = self._versions.pop(next(iter(self._versions)))

    def _forget_until(self, now: float) -> None:
        while self._versions:
            oldest = next(iter(self._versions))
            if now < self._versions[oldest][1]:
                return
            del self._versions[oldest]
