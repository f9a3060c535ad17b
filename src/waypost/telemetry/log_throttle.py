"""Limits log lines that would repeat: logged once, then not for a while."""

import time
from collections.abc import Callable
from typing import Final

SILENCE_SECONDS: Final = 60.0
"""How long the same line is not logged again."""


class LogThrottle:
    """Knows what was logged in the last *seconds*."""

    def __init__(
        self,
        *,
        seconds: float = SILENCE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._silent_until: dict[str, float] = {}

    def allows(self, what: str) -> bool:
        """Return whether it is time for *what*, which then counts as logged."""
        now = self._monotonic()
        if now < self._silent_until.get(what, float("-inf")):
            return False
        self._silent_until[what] = now + self._seconds
        return True
