"""`waypost run ingest`: counts the clicks that come by the bus, each once."""

import asyncio
from contextlib import suppress

import structlog
import uvloop

from waypost.config import Settings
from waypost.processes.running.logs import configure_logs
from waypost.processes.running.monitoring import monitoring
from waypost.processes.running.signals import on_first_signal
from waypost.wiring.access.internal import internal_access
from waypost.wiring.programs.ingest import Ingest, open_ingest

_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Count until a signal comes; a second one does not wait for the batch.

    Raises:
        CannotListenError: The port of health and metrics cannot be had.
        DatabaseRefused: The database cannot be used.
        BackendUnavailable: It does not answer.
    """
    configure_logs(settings)
    uvloop.run(_count(settings))


async def _count(settings: Settings) -> None:
    async with (
        open_ingest(settings) as ingest,
        monitoring(
            host=settings.HOST,
            port=settings.METRICS_PORT,
            metrics=ingest.metrics,
            checks=ingest.checks,
            internal=internal_access(settings),
        ),
    ):
        # A second one loses nothing either: what is not committed is read again.
        on_first_signal(lambda: _stop(ingest))
        _log.info("ingest.ready", routes=len(ingest.loops))
        looking = asyncio.create_task(ingest.gaps.run())
        async with asyncio.TaskGroup() as group:
            for loop in ingest.loops:
                group.create_task(loop.run())
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
    _log.info("ingest.stopped")


def _stop(ingest: Ingest) -> None:
    _log.info("ingest.stopping")
    for loop in ingest.loops:
        loop.stop()
