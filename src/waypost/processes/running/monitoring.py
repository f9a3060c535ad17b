"""Health and metrics of processes without another port, on a port of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn

from waypost.http.connections.connection import connection_class
from waypost.http.connections.options import connection_options
from waypost.http.internal import PRIVATE_ONLY, InternalAccess
from waypost.http.monitor import MonitorApp
from waypost.processes.running.listener import listen, server_config
from waypost.telemetry.health import Check, Readiness
from waypost.telemetry.metrics import Metrics

STOP_SECONDS = 1
"""How long requests under way may take once the process stops."""
REQUEST_SECONDS = 15.0
"""How long a request may take to arrive."""
KEEP_ALIVE_SECONDS = 60.0
"""How long an idle connection is kept: longer than the interval of monitoring."""

_log = structlog.get_logger()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield


@asynccontextmanager
async def monitoring(
    *,
    host: str,
    port: int,
    metrics: Metrics,
    checks: Mapping[str, Check],
    internal: InternalAccess = PRIVATE_ONLY,
) -> AsyncIterator[int]:
    """Serve health and metrics meanwhile; yields the port, of which 0 takes a free one.

    Raises:
        CannotListenError: The port cannot be had.
    """
    readiness = Readiness()
    readiness.begin()
    app = MonitorApp(
        metrics=metrics, readiness=readiness, checks=checks, internal=internal
    )
    options = connection_options(
        request_timeout_seconds=REQUEST_SECONDS, keep_alive_seconds=KEEP_ALIVE_SECONDS
    )
    config = server_config(
        app, stop_seconds=STOP_SECONDS, http=connection_class(options)
    )
    server = _Server(config)
    with listen(host, port, setting="METRICS_PORT") as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        number: int = listener.getsockname()[1]
        _log.info("monitor.ready", listening=f"{host}:{number}")
        try:
            yield number
        finally:
            server.should_exit = True
            await serving
