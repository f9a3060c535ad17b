"""`waypost run edge`: redirects only, without the API and what it needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from waypost.config import Settings
from waypost.processes import serving
from waypost.processes.monitor import MonitorApp
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

    async def check_readiness() -> None:
        if not readiness.is_ready:
            raise RuntimeError("starting, or about to stop")

    # Not the database: while it is away, links that are held ready are followed.
    monitor = MonitorApp(metrics=backends.metrics, checks={"traffic": check_readiness})
    yield build_edge(backends, settings).in_front_of(
        monitor,  # type: ignore[arg-type]  # uvicorn's types of ASGI are narrower
        backends=backends,
        settings=settings,
        readiness=readiness,
    )
