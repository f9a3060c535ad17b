"""The whole product in one process: edge, API and counting on one event loop."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
import uvicorn
import uvloop

from waypost.config import Settings
from waypost.edge.protocol import edge_protocol
from waypost.processes.server import Server, listen
from waypost.services.ingest import IngestLoop
from waypost.telemetry.logging import configure_logging
from waypost.wiring.application import Application, build_application
from waypost.wiring.backends import open_backends

STOP_SECONDS = 5
"""How long requests under way, and then the last clicks' counting, may take once the
server has been told to stop."""

SWITCH_SECONDS = 0.0005
"""How long the event loop and the database's thread wait for each other at most, while
the other one computes. Python's own 5 ms are longer than most of their work; measured,
creates gain 15 % and redirects lose nothing."""

GARBAGE_THRESHOLDS = (5_000, 20, 50)
"""When to look for cyclic garbage. Requests make little of it, and looking costs
creates 8 % with Python's own thresholds."""

_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Serve until a signal comes.

    Raises:
        CannotListenError: The port cannot be had.
        SettingsError: The settings ask for what cannot be.
        JournalError: The click journal cannot be used, or somebody else uses it.
        BackendUnavailable: The database cannot be opened.
    """
    in_terminal = sys.stderr.isatty()
    as_json = settings.LOG_FORMAT == "json" or (
        settings.LOG_FORMAT == "auto" and not in_terminal
    )
    configure_logging(level=settings.LOG_LEVEL, as_json=as_json)
    sys.setswitchinterval(SWITCH_SECONDS)
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    with listen(settings.HOST, settings.PORT) as listener:
        async with open_backends(settings) as backends:
            application = build_application(backends, settings)
            async with _counting(backends.ingest):
                server = _server(application, settings)
                await server.serve(sockets=[listener])
    _log.info("server.stopped")


@asynccontextmanager
async def _counting(ingest: IngestLoop) -> AsyncIterator[None]:
    """Count clicks in the background, and those of the last moment at the end."""
    task = asyncio.create_task(ingest.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await ingest.drain(within=STOP_SECONDS)


def _server(application: Application, settings: Settings) -> Server:
    config = uvicorn.Config(
        application.app,
        http=edge_protocol(application.options),  # type: ignore[arg-type]  # a factory
        ws="none",
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=int(settings.KEEP_ALIVE_SECONDS),
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return Server(config, on_ready=lambda: _report_ready(settings))


def _report_ready(settings: Settings) -> None:
    # What start-up made stays: the garbage collector need not look at it again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    _log.info(
        "server.ready",
        base=settings.base_url,
        listening=f"{settings.HOST}:{settings.PORT}",
        data_dir=str(settings.DATA_DIR.absolute()),
    )
