"""The reader `caches` of link events: passes changes on to every cache.

Each at least once, and mostly at once.

::

    commit ─▶ nudge: near cache ─▶ published ─▶ `flushed`: the editor is answered
       └────▶ outbox ─▶ take ─▶ published (again, perhaps) ─▶ remove ─▶ commit

A change of this process is published without asking the store, so that an editor
does not wait for it. The outbox covers events that could not be published in time:
Redis was away, or the process was killed. Several relays share its work, and versions
make it harmless when an event comes twice or late.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from waypost.domain.errors import BackendUnavailable
from waypost.domain.events import CACHES, Invalidation, LinkEvent
from waypost.domain.links import Link, key_of
from waypost.ports.shared_cache import Invalidations, SharedCache
from waypost.ports.storage import Storage
from waypost.services.rounds import Rounds
from waypost.telemetry.metrics import Metrics

MAX_EVENTS: Final = 200
"""How many events are taken from the outbox in one transaction at most."""
PUBLISH_SECONDS: Final = 0.5
"""How long publishing events may take, and a transaction of the outbox wait for it."""
ANSWER_SECONDS: Final = 0.1
"""How long an editor waits for the other processes to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caches:
    """The caches that get the changes of links."""

    invalidate: Callable[[str, int], None]
    """Gives this process's near cache the version that the link of a key has now."""
    shared: SharedCache | None = None
    invalidations: Invalidations | None = None
    """By which other processes get that version, once `shared` has it. Without both,
    this process is the only one that has caches."""


class EventRelay:
    """Passes events on for as long as it runs. For one event loop."""

    def __init__(
        self,
        *,
        storage: Storage,
        caches: Caches,
        metrics: Metrics,
        interval: float,
    ) -> None:
        """Look into the outbox every *interval* seconds."""
        self._storage = storage
        self._caches = caches
        self._metrics = metrics
        self._interval = interval
        self._fresh: list[LinkEvent] = []
        self._nudged = 0
        self._published = 0
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._rounds = Rounds(
            "relay.failed",
            interval=interval,
            counter=metrics.relay_failures,
            level=logging.WARNING,
            expected=(BackendUnavailable, TimeoutError),
        )

    def nudge(self, event: LinkEvent) -> None:
        """Pass on an *event* that this process has just committed."""
        self._invalidate(event.link)
        if self._others:
            self._fresh.append(event)
            self._nudged += 1
            self._rounds.nudge()

    async def flushed(self, *, within: float = ANSWER_SECONDS) -> None:
        """Return once all that was nudged is published, or cannot be at the moment.

        It takes *within* seconds at most.
        """
        if self._published == self._nudged:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = self._nudged
        try:
            await asyncio.wait([waiter], timeout=within)
        finally:
            self._waiting.pop(waiter, None)

    async def run(self) -> None:
        """Publish at once what is nudged, and every `interval` what the outbox holds.

        Until cancelled; what is not published by then stays in the outbox.
        """
        await self._rounds.run(self._round)

    def _invalidate(self, link: Link) -> None:
        self._caches.invalidate(key_of(link.code, link.domain), link.version)

    @property
    def _others(self) -> bool:
        caches = self._caches
        return caches.shared is not None or caches.invalidations is not None

    async def _round(self) -> float:
        fresh = await self._publish_fresh()
        await self._publish_stored(fresh)
        return self._interval

    async def _publish_fresh(self) -> Sequence[LinkEvent]:
        fresh, self._fresh = self._fresh, []
        nudged = self._nudged
        try:
            await self._publish(fresh)
        finally:
            # Also if that failed: the outbox has them, and waiting longer does not
            # help.
            self._published = nudged
            for waiter in [
                w for w, number in self._waiting.items() if number <= nudged
            ]:
                del self._waiting[waiter]
                waiter.set_result(None)
        return fresh

    async def _publish_stored(self, fresh: Sequence[LinkEvent]) -> None:
        """Empty the outbox, without publishing what is *fresh* a second time."""
        known = {(event.link.id, event.link.version) for event in fresh}
        more = True
        while more:
            async with self._storage.transaction() as transaction:
                stored = await transaction.outbox.take(
                    reader=CACHES.name, limit=MAX_EVENTS
                )
                # Events that are nudged meanwhile go before the rest.
                more = len(stored) == MAX_EVENTS and not self._rounds.is_nudged
                events = [event for _, event in stored]
                for event in events:
                    self._invalidate(event.link)
                await self._publish(
                    [e for e in events if (e.link.id, e.link.version) not in known]
                )
                if stored:
                    await transaction.outbox.remove([number for number, _ in stored])
            self._measure(events)

    async def _publish(self, events: Sequence[LinkEvent]) -> None:
        if not events:
            return
        async with asyncio.timeout(PUBLISH_SECONDS):
            # First, so that an edge that looks a link up again finds its new version.
            if self._caches.shared is not None:
                await self._caches.shared.put([event.link for event in events])
            if self._caches.invalidations is not None:
                await self._caches.invalidations.publish(
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
        self._metrics.events_published.inc(len(events))
        self._metrics.event_lag_seconds.set(max(0.0, age))
