"""Tells everybody of committed changes to links: at least once, nearly always at once.

::

    commit ─▶ nudge: this process knows ─▶ told ─▶ `flushed`: the editor is answered
       └────▶ outbox ─▶ take ─▶ told (again, perhaps) ─▶ remove ─▶ commit

What this process commits is told without asking the store, so that an editor waits
for nobody. The outbox makes sure of what could not be told in time: Redis was away,
or the process was killed. Several relays share its work, and versions make it
harmless to be told twice or late.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from waypost.domain.errors import BackendUnavailable
from waypost.domain.events import Invalidation, LinkEvent
from waypost.ports.shared_cache import Invalidations, SharedCache
from waypost.ports.storage import Storage
from waypost.services.backoff import Backoff, Pause, pause
from waypost.telemetry.log_throttle import LogThrottle
from waypost.telemetry.metrics import Metrics

MAX_EVENTS: Final = 200
"""How many events are taken from the outbox in one transaction at most."""
TELLING_SECONDS: Final = 0.5
"""How long such a transaction waits for those who are to be told, at most."""
ANSWER_SECONDS: Final = 0.1
"""How long an editor waits for everybody to know."""

_log = structlog.get_logger()


class EventRelay:
    """Tells of events for as long as it runs. For one event loop.

    *invalidate* tells this process's near cache which version a code has now. The
    others hear of it by *invalidations*, after *shared* has the new version. Without
    both, this process is the only one to be told.
    """

    def __init__(  # noqa: PLR0913  # what it works with, and its interval
        self,
        *,
        storage: Storage,
        invalidate: Callable[[str, int], None],
        metrics: Metrics,
        shared: SharedCache | None = None,
        invalidations: Invalidations | None = None,
        interval: float = 1.0,
        pause: Pause = pause,
    ) -> None:
        self._storage = storage
        self._invalidate = invalidate
        self._metrics = metrics
        self._shared = shared
        self._invalidations = invalidations
        self._interval = interval
        self._fresh: list[LinkEvent] = []
        self._nudged = 0
        self._told = 0
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._wanted = asyncio.Event()
        self._pause = pause
        self._backoff = Backoff(interval)
        self._throttle = LogThrottle()

    def nudge(self, event: LinkEvent) -> None:
        """Hear of an *event* that this process has just committed."""
        self._invalidate(event.link.code, event.link.version)
        if self._others:
            self._fresh.append(event)
            self._nudged += 1
            self._wanted.set()

    async def flushed(self, *, within: float = ANSWER_SECONDS) -> None:
        """Return once all that was nudged is told, or cannot be told at the moment.

        It takes *within* seconds at most.
        """
        if self._told == self._nudged:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = self._nudged
        try:
            await asyncio.wait([waiter], timeout=within)
        finally:
            self._waiting.pop(waiter, None)

    async def run(self) -> None:
        """Tell at once what is nudged, and what the outbox holds every `interval`.

        Until cancelled; what is not told by then stays in the outbox.
        """
        while True:
            succeeded = await self._round()
            seconds = self._interval if succeeded else self._backoff.failed()
            await self._pause(self._wanted, seconds)

    @property
    def _others(self) -> bool:
        return self._shared is not None or self._invalidations is not None

    async def _round(self) -> bool:
        """Tell all there is; return whether that succeeded."""
        self._wanted.clear()
        try:
            fresh = await self._tell_fresh()
            await self._tell_stored(fresh)
        except Exception as error:  # noqa: BLE001  # the relay must go on, and tells
            self._report(error)
            return False
        self._backoff.succeeded()
        return True

    async def _tell_fresh(self) -> Sequence[LinkEvent]:
        fresh, self._fresh = self._fresh, []
        nudged = self._nudged
        try:
            await self._tell(fresh)
        finally:
            # Also if that failed: the outbox has them, and waiting longer is in vain.
            self._told = nudged
            for waiter in [
                w for w, number in self._waiting.items() if number <= nudged
            ]:
                del self._waiting[waiter]
                waiter.set_result(None)
        return fresh

    async def _tell_stored(self, told: Sequence[LinkEvent]) -> None:
        """Empty the outbox, without telling again what has just been *told*."""
        known = {(event.link.id, event.link.version) for event in told}
        more = True
        while more:
            async with self._storage.transaction() as transaction:
                stored = await transaction.outbox.take(limit=MAX_EVENTS)
                # Who is nudged meanwhile goes before the rest.
                more = len(stored) == MAX_EVENTS and not self._wanted.is_set()
                events = [event for _, event in stored]
                for event in events:
                    self._invalidate(event.link.code, event.link.version)
                await self._tell(
                    [e for e in events if (e.link.id, e.link.version) not in known]
                )
                if stored:
                    await transaction.outbox.remove([number for number, _ in stored])
            self._measure(events)

    async def _tell(self, events: Sequence[LinkEvent]) -> None:
        if not events:
            return
        async with asyncio.timeout(TELLING_SECONDS):
            # First, so that whoever looks a link up again finds its new version.
            if self._shared is not None:
                await self._shared.put([event.link for event in events])
            if self._invalidations is not None:
                await self._invalidations.publish(
                    [
                        Invalidation(
                            event.link.code, event.link.version, event.link.domain
                        )
                        for event in events
                    ]
                )

    def _measure(self, events: Sequence[LinkEvent]) -> None:
        if not events:
            return
        oldest = min(event.occurred_at for event in events)
        age = (datetime.now(UTC) - oldest).total_seconds()
        self._metrics.events_told.inc(len(events))
        self._metrics.event_lag_seconds.set(max(0.0, age))

    def _report(self, error: Exception) -> None:
        """Tell of a failed round: once a minute, and in full if nobody foresaw it."""
        self._metrics.relay_failures.inc()
        kind = type(error).__name__
        if not self._throttle.allows(kind):
            return
        foreseen = isinstance(error, BackendUnavailable | TimeoutError)
        _log.warning(
            "relay.failed",
            kind=kind,
            cause=type(error.__cause__ or error).__name__,
            failures=self._backoff.failures + 1,
            exc_info=None if foreseen else error,
        )
