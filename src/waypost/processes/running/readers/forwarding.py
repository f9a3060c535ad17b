"""The edge's side of its forwarder, which ships the journal to the bus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from waypost.config import Settings
from waypost.processes.running.readers.parent import ReaderChild, Release
from waypost.services.clicks.forward import Forwarded
from waypost.telemetry.metrics import Metrics

_decode = msgspec.json.Decoder(Forwarded).decode


@asynccontextmanager
async def forwarding(
    settings: Settings,
    *,
    release: Release,
    metrics: Metrics,
    release_followed: Release | None = None,
) -> AsyncIterator["ForwarderChild"]:
    """Forward the journal of *settings* meanwhile, and the rest at the end.

    *release* is called with the position of the forwarder, at least every second, and
    *release_followed* with that up to which all is in Kafka.
    """
    child = ForwarderChild(
        settings, release=release, metrics=metrics, release_followed=release_followed
    )
    keeping = asyncio.create_task(child.keep())
    try:
        yield child
    finally:
        child.stop()
        await keeping


class ForwarderChild(ReaderChild):
    """Keeps one forwarder running."""

    def __init__(
        self,
        settings: Settings,
        *,
        release: Release,
        metrics: Metrics,
        release_followed: Release | None = None,
    ) -> None:
        super().__init__(
            "forwarder", module="forwarder", settings=settings, release=release
        )
        self._metrics = metrics
        self._release_followed = release_followed

    def note_restart(self) -> None:
        """Count it."""
        self._metrics.forwarder_restarts.inc()

    async def note(self, line: bytes) -> None:
        """Take one report. Raises ValueError: it was cut off by a kill."""
        forwarded = _decode(line)
        metrics = self._metrics
        metrics.forward_lag_seconds.set(forwarded.lag_seconds)
        if forwarded.failed:
            metrics.forward_failures.inc()
        if forwarded.clicks:
            metrics.clicks_forwarded.labels(forwarded.route).inc(forwarded.clicks)
        if forwarded.damaged:
            metrics.records_damaged.inc(forwarded.damaged)
        await self.release_before(forwarded.position)
        if self._release_followed is not None:
            await self.release_before(forwarded.followed, self._release_followed)
