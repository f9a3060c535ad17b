"""Waiting after a failure: longer each time, up to a bound."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

LONGEST_SECONDS: Final = 5.0
"""How long a loop waits at most before it tries again."""

_MOST_DOUBLINGS: Final = 16

Pause: TypeAlias = Callable[[asyncio.Event, float], Awaitable[None]]
"""Waits for an event, for so many seconds at most."""


class Backoff:
    """How long to wait after failures in a row."""

    def __init__(self, first_seconds: float) -> None:
        """Begin with *first_seconds*, or half of it."""
        self._first_seconds = first_seconds
        self.failures = 0
        """How many there were since the last success."""

    def failed(self) -> float:
        """Note a failure; return how many seconds to wait before the next attempt.

        Not exactly the bound's, so that many processes do not come back together.
        """
        doublings = min(self.failures, _MOST_DOUBLINGS)
        self.failures += 1
        seconds = min(self._first_seconds * 2.0**doublings, LONGEST_SECONDS)
        return seconds * random.uniform(0.5, 1.0)  # noqa: S311  # no secret

    def succeeded(self) -> None:
        """Note a success: the next failure is the first one."""
        self.failures = 0


async def pause(until: asyncio.Event, seconds: float) -> None:
    """Return once *until* is set, or after *seconds*."""
    try:
        async with asyncio.timeout(seconds):
            await until.wait()
    except TimeoutError:
        return
