"""The edge's side of its child that stores clicks for reports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from waypost.config import Settings
from waypost.processes.running.readers.parent import ReaderChild, Release
from waypost.services.analytics.store_journal import Stored
from waypost.telemetry.growth import CounterGrowth
from waypost.telemetry.metrics import Metrics

_decode = msgspec.json.Decoder(Stored).decode


@asynccontextmanager
async def storing(
    settings: Settings, *, release: Release, metrics: Metrics
) -> AsyncIterator["RowsChild"]:
    """Store the journal of *settings* meanwhile, and the rest at the end.

    *release* is called with the position of the child, at least every second.
    """
    child = RowsChild(settings, release=release, metrics=metrics)
    keeping = asyncio.create_task(child.keep())
    try:
        yield child
    finally:
        child.stop()
        await keeping


class RowsChild(ReaderChild):
    """Keeps one process running that stores clicks."""

    def __init__(
        self, settings: Settings, *, release: Release, metrics: Metrics
    ) -> None:
        super().__init__(
            "rows", module="rows_child", settings=settings, release=release
        )
        self._metrics = metrics
        self._enrichment = CounterGrowth(metrics.enrichment.counters())

    def note_restart(self) -> None:
        """Count it."""
        self._metrics.rows.restarts.inc()

    async def note(self, line: bytes) -> None:
        """Take one report. Raises ValueError: it was cut off by a kill."""
        stored = _decode(line)
        metrics = self._metrics.rows
        metrics.lag_seconds.set(stored.lag_seconds)
        metrics.stored.inc(stored.clicks)
        metrics.repeated.inc(stored.repeated)
        if stored.failed:
            metrics.failures.inc()
        self._enrichment.add(stored.growth)
        await self.release_before(stored.position)
