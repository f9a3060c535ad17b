"""`waypost run warmer`: keeps the most clicked links in the shared cache."""

import asyncio
from contextlib import suppress

import structlog
import uvloop

from waypost.config import Settings
from waypost.processes.running.logs import configure_logs
from waypost.processes.running.monitoring import monitoring
from waypost.processes.running.signals import on_first_signal
from waypost.wiring.access.internal import internal_access
from waypost.wiring.programs.warmer import open_warmer

_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Keep the cache warm until a signal comes.

    Raises:
        CannotListenError: The port of health and metrics cannot be had.
        DatabaseRefused: The database cannot be used.
        BackendUnavailable: It does not answer.
    """
    configure_logs(settings)
    uvloop.run(_warm(settings))


async def _warm(settings: Settings) -> None:
    async with (
        open_warmer(settings) as warmer,
        monitoring(
            host=settings.HOST,
            port=settings.METRICS_PORT,
            metrics=warmer.metrics,
            checks=warmer.checks,
            internal=internal_access(settings),
        ),
    ):
        warming = asyncio.create_task(warmer.loop.run())
        # A round can be cancelled anywhere: the next one begins anew.
        on_first_signal(warming.cancel)
        _log.info("warmer.ready")
        with suppress(asyncio.CancelledError):
            await warming
    _log.info("warmer.stopped")
