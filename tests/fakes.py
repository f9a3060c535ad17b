"""Stand-ins for what a test must be able to set: the time, and what a hash costs."""

from datetime import UTC, datetime, timedelta
from typing import Final

from waypost.adapters.password_hashes import Argon2Hasher, Cost

CHEAP: Final = Cost(passes=1, kibibytes=8)
CHEAP_PASSWORDS: Final = Argon2Hasher(threads=1, cost=CHEAP)
"""Hashes that take no time."""


class SettableClock:
    """A clock that stands still until it is moved, in either direction.

    It serves as `ports.runtime.Clock` and, by `monotonic`, as `time.monotonic`.
    """

    def __init__(self, start: datetime = datetime(2025, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._passed = timedelta()

    def now(self) -> datetime:
        """Return the time that the clock shows."""
        return self._start + self._passed

    def monotonic(self) -> float:
        """Return the seconds that it was moved since it was made."""
        return self._passed.total_seconds()

    def move(self, seconds: float) -> None:
        """Move the clock forward, or back if *seconds* is negative."""
        self._passed += timedelta(seconds=seconds)
