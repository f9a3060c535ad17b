"""`waypost run rows`: stores the clicks that come by the bus, for reports."""

import structlog
import uvloop

from waypost.config import Settings
from waypost.processes.running.freed_memory import return_freed_memory
from waypost.processes.running.garbage import look_for_garbage_rarely
from waypost.processes.running.logs import configure_logs
from waypost.processes.running.monitoring import monitoring
from waypost.processes.running.signals import on_first_signal
from waypost.wiring.access.internal import internal_access
from waypost.wiring.programs.rows import Rows, open_rows

_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Store clicks until a signal comes; a second one does not wait for the batch.

    Raises:
        CannotListenError: The port of health and metrics cannot be had.
        DatabaseRefused: The store of clicks cannot be used.
        BackendUnavailable: It does not answer.
    """
    configure_logs(settings)
    look_for_garbage_rarely()
    return_freed_memory()
    uvloop.run(_store(settings))


async def _store(settings: Settings) -> None:
    async with (
        open_rows(settings) as rows,
        monitoring(
            host=settings.HOST,
            port=settings.METRICS_PORT,
            metrics=rows.metrics,
            checks=rows.checks,
            internal=internal_access(settings),
        ),
    ):
        # A second one loses nothing either: what is not stored is read again.
        on_first_signal(lambda: _stop(rows))
        _log.info("rows.ready")
        await rows.loop.run()
    _log.info("rows.stopped")


def _stop(rows: Rows) -> None:
    _log.info("rows.stopping")
    rows.loop.stop()
