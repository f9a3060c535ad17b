"""Storing the clicks of the bus for reports, each exactly once.

read ─▶ enrich ─▶ one transaction {clicks, freshness} ─▶ done
  └ nothing came: all that is on the bus is stored
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from waypost.domain.analytics.enriched import EnrichedClick
from waypost.ports.analytics.rows import ClickRows, Freshness
from waypost.ports.bus import WholeBatch, WholeSubscription
from waypost.services.analytics.store_journal import UPKEEP_SECONDS, Enrich
from waypost.services.clicks.bus_counter import BatchLimits
from waypost.services.rounds import Rounds
from waypost.telemetry.analytics.rows_metrics import RowsMetrics

_FIRST_PAUSE_SECONDS: Final = 0.2

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class BusStoreContext:
    """What storing works with, for as long as the process lives."""

    subscription: WholeSubscription
    enrich: Enrich
    rows: ClickRows
    metrics: RowsMetrics


class BusStore:
    """Stores the clicks of one subscription for as long as it runs.

    Clicks of other programs, which have a code and a number only, are left to the
    counts: reports know nothing of them.
    """

    def __init__(self, context: BusStoreContext, *, limits: BatchLimits) -> None:
        self._context = context
        self._limits = limits
        self._rounds, self._upkeep = (
            Rounds(
                event, interval=_FIRST_PAUSE_SECONDS, counter=context.metrics.failures
            )
            for event in ("rows.failed", "rows.upkeep_failed")
        )

    def stop(self) -> None:
        """Make `run` return once the current batch is stored, or has failed."""
        self._rounds.stop()
        self._upkeep.stop()

    async def run(self) -> None:
        """Store batches and look after the store, until `stop`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._upkeep.run(self._keep))
            while not self._rounds.is_stopping:
                batch = await self._rounds.attempt(self._read)
                if batch is not None:
                    await self._see_through(batch)

    async def _read(self) -> WholeBatch:
        batch = await self._context.subscription.read(
            limit=self._limits.clicks, within=self._limits.seconds
        )
        if batch.undecodable:
            # Counting puts them aside, or counts them by what it needs of them.
            _log.warning("rows.undecodable", records=batch.undecodable)
        return batch

    async def _see_through(self, batch: WholeBatch) -> None:
        """Store *batch*, however often it takes; at a `stop` it stays on the bus."""
        work = partial(self._store, batch)
        while await self._rounds.attempt(work) is None:
            if self._rounds.is_stopping:
                return

    async def _store(self, batch: WholeBatch) -> int:
        context = self._context
        looked_ms = time.time_ns() // 1_000_000
        clicks = await context.enrich(batch.clicks)
        freshness = self._freshness(clicks, looked_ms)
        new = await context.rows.add(clicks, freshness=freshness)
        await context.subscription.done(batch)
        context.metrics.stored.inc(new)
        context.metrics.repeated.inc(len(clicks) - new)
        oldest_ms = min((click.time_ms for click in clicks), default=looked_ms)
        context.metrics.lag_seconds.set(max(0.0, time.time() - oldest_ms / 1_000))
        return len(clicks)

    def _freshness(
        self, clicks: Sequence[EnrichedClick], looked_ms: int
    ) -> list[Freshness]:
        """Return up to when this member's partitions are stored.

        Each partition is in order, so what is newest here bounds none of them from
        above but its own; the oldest bounds all.
        """
        as_of_ms = min((click.time_ms for click in clicks), default=looked_ms)
        places = self._context.subscription.places()
        return [Freshness(source=place, as_of_ms=as_of_ms) for place in places]

    async def _keep(self) -> float:
        """Do a step of upkeep; return how many seconds to pause."""
        more = await self._context.rows.keep(now_ms=time.time_ns() // 1_000_000)
        return 0.0 if more else UPKEEP_SECONDS
