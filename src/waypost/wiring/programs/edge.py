"""Put the edge and a monitor together into what `waypost run edge` serves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from waypost.config import Settings
from waypost.edge.pages.unknown_paths import UnknownPaths
from waypost.http.monitor import PATHS, MonitorApp
from waypost.telemetry.health import Readiness
from waypost.wiring.access.internal import internal_access
from waypost.wiring.access.limits import open_limiter
from waypost.wiring.parts.backends import Backends
from waypost.wiring.parts.edge import build_edge
from waypost.wiring.program import Program


@asynccontextmanager
async def open_edge(settings: Settings, backends: Backends) -> AsyncIterator[Program]:
    """Open redirects without the API; a monitor answers all other requests."""
    readiness = Readiness()
    # The database is not checked: while it is away, cached links are followed.
    monitor = MonitorApp(
        metrics=backends.metrics,
        readiness=readiness,
        checks={"journal": backends.watch.check},
        internal=internal_access(settings),
    )
    async with open_limiter(settings, backends.store, backends.metrics) as limiter:
        edge = build_edge(backends, settings, limiter)
        fallback = UnknownPaths(PATHS, monitor)
        yield edge.serve(fallback=fallback, readiness=readiness)
