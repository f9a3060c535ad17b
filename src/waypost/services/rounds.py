"""Work in the background: round after round, also after failures.

    round ─▶ succeeded? ─▶ pause for as long as it returns ─▶ round ─▶ …
               └─ failed ─▶ log, measure, pause for longer each time ─▶ round ─▶ …

A nudge or a stop ends a pause.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, TypeVar

import structlog
from prometheus_client import Counter

from waypost.domain.errors import BackendUnavailable
from waypost.telemetry.log_throttle import LogThrottle

LONGEST_SECONDS: Final = 5.0
"""The longest pause after a failure."""

_MOST_DOUBLINGS: Final = 16

T = TypeVar("T")

Pause: TypeAlias = Callable[[asyncio.Event, float], Awaitable[None]]
"""Waits for an event, with a timeout in seconds."""

Round: TypeAlias = Callable[[], Awaitable[float]]
"""Does the work of one round; returns how many seconds to pause before the next."""

_log = structlog.get_logger()


async def pause(until: asyncio.Event, seconds: float) -> None:
    """Return once *until* is set, or after *seconds*."""
    try:
        async with asyncio.timeout(seconds):
            await until.wait()
    except TimeoutError:
        return


class Rounds:
    """Repeats some work; for one event loop.

    Work that can fail for two independent reasons has a `Rounds` for each, so that
    the success of one does not shorten the pauses of the other.
    """

    def __init__(
        self,
        event: str,
        *,
        interval: float,
        counter: Counter | None = None,
        level: int = logging.ERROR,
        expected: tuple[type[Exception], ...] = (BackendUnavailable,),
        **fields: str,
    ) -> None:
        """Pause *interval* seconds, or half of it, after the first failure in a row.

        A failure is logged as *event* with *fields*, and counted by *counter*. If it
        is one of those *expected*, that has *level*; any other one is a defect: an
        error with its traceback.
        """
        self._event = event
        self._interval = interval
        self._counter = counter
        self._level = level
        self._expected = expected
        self._pause: Pause = pause
        self._fields = fields
        self._throttle = LogThrottle()
        self._wanted = asyncio.Event()
        self.is_stopping = False
        self.failures = 0
        """How many there were in a row."""

    @property
    def is_nudged(self) -> bool:
        """Whether there was a nudge since the round began."""
        return self._wanted.is_set()

    def nudge(self) -> None:
        """Begin the next round now, or as soon as the current one has ended."""
        self._wanted.set()

    def stop(self) -> None:
        """Make `run` return after the next round that begins; end every pause."""
        self.is_stopping = True
        self._wanted.set()

    async def run(self, work: Round) -> None:
        """Do rounds of *work* until `stop`, or until cancelled."""
        while True:
            # Only a round that begins after a stop sees all work from before it.
            is_last = self.is_stopping
            seconds = await self.attempt(work)
            if is_last:
                return
            if seconds is not None:
                await self._pause(self._wanted, seconds)

    async def attempt(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Return what *work* returns; None: it failed, and it is time to try again."""
        if not self.is_stopping:
            self._wanted.clear()
        try:
            result = await work()
        except Exception as error:  # noqa: BLE001  # logged, and the work goes on
            seconds = self._failed(error)
        else:
            self.progressed()
            return result
        await self._pause(self._wanted, seconds)
        return None

    def progressed(self) -> None:
        """Note that some work has succeeded: the next failure is the first one."""
        self.failures = 0

    def log(self, error: Exception) -> None:
        """Log *error*, unless one of its kind was logged in the last minute."""
        kind = type(error).__name__
        if not self._throttle.allows(kind):
            return
        is_expected = isinstance(error, self._expected)
        _log.log(
            self._level if is_expected else logging.ERROR,
            self._event,
            **self._fields,
            kind=kind,
            cause=type(error.__cause__ or error).__name__,
            failures=self.failures,
            exc_info=None if is_expected else error,
        )

    def _failed(self, error: Exception) -> float:
        """Log and count *error*; return how many seconds to pause.

        The pause is random, so that many processes do not come back together.
        """
        doublings = min(self.failures, _MOST_DOUBLINGS)
        self.failures += 1
        if self._counter is not None:
            self._counter.inc()
        self.log(error)
        seconds = min(self._interval * 2.0**doublings, LONGEST_SECONDS)
        return seconds * random.uniform(0.5, 1.0)  # noqa: S311  # no secret
