"""`waypost run edge`: redirects only, without the API and what it needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from waypost.config import Settings
from waypost.http.monitor import MonitorApp
from waypost.processes import serving
from waypost.telemetry.health import Readiness
from waypost.wiring.backends import Backends
from waypost.wiring.edge import build_edge
from waypost.wiring.serving import Served


def run(settings: Settings) -> None:
    """Serve redirects until a signal comes.

    Raises:
        As `serving.run`.
    """
    serving.run(settings, _open)


@asynccontextmanager
async def _open(settings: Settings, backends: Backends) -> AsyncIterator[Served]:
    readiness = Readiness()
    # The database is not checked: while it is away, links held ready are followed.
    monitor = MonitorApp(
        metrics=backends.metrics,
        readiness=readiness,
        checks={"journal": backends.watch.check},
    )
    yield build_edge(backends, settings).in_front_of(
        monitor, backends=backends, settings=settings, readiness=readiness
    )
