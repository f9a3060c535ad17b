"""Put the edge together, in front of whatever else a process serves."""

import asyncio
from dataclasses import dataclass
from functools import partial

from waypost.config import Settings
from waypost.edge.app import EdgeApp
from waypost.edge.invalidations import watch_invalidations
from waypost.edge.lookups import Lookups
from waypost.edge.protocol import EdgeOptions
from waypost.edge.redirector import Redirector
from waypost.edge.turn import Turn
from waypost.http.asgi import Application
from waypost.http.client_address import TrustedProxies
from waypost.http.connections.options import connection_options
from waypost.http.problems import ERRORS_PAGE
from waypost.telemetry.health import Readiness
from waypost.wiring.backends import Backends
from waypost.wiring.serving import Served, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The parts of an edge; `in_front_of` puts them to use."""

    lookups: Lookups
    redirector: Redirector
    proxies: TrustedProxies
    tasks: tuple[Task, ...]

    def in_front_of(  # noqa: PLR0913  # the process decides on the rest
        self,
        rest: Application,
        *,
        backends: Backends,
        settings: Settings,
        readiness: Readiness,
        tasks: tuple[Task, ...] = (),
        endings: tuple[Task, ...] = (),
    ) -> Served:
        """Return what a server serves; call it on the running event loop."""
        app = EdgeApp(
            redirector=self.redirector,
            lookups=self.lookups,
            proxies=self.proxies,
            tally=backends.metrics.tally,
            rest=rest,
        )
        options = EdgeOptions(
            redirector=self.redirector,
            turn=Turn(loop=asyncio.get_running_loop(), commit=self.redirector.commit),
            proxies=self.proxies,
            connection=connection_options(
                request_timeout_seconds=settings.REQUEST_TIMEOUT_SECONDS,
                keep_alive_seconds=settings.KEEP_ALIVE_SECONDS,
                errors_page=ERRORS_PAGE,
            ),
        )
        return Served(
            app=app,
            options=options,
            readiness=readiness,
            tasks=(*self.tasks, *tasks),
            endings=(*endings, self.lookups.aclose),
        )


def build_edge(backends: Backends, settings: Settings) -> Edge:
    """Return an edge over *backends*."""
    tally = backends.metrics.tally
    shared = backends.shared
    lookups = Lookups(
        links=backends.store.storage.links,
        near=backends.near,
        tally=tally,
        timeout_seconds=settings.DATABASE_TIMEOUT_SECONDS,
        shared=shared.cache if shared else None,
    )
    tasks: tuple[Task, ...] = ()
    if shared:
        watch = partial(
            watch_invalidations, invalidations=shared.invalidations, lookups=lookups
        )
        tasks = (watch,)
    return Edge(
        lookups=lookups,
        redirector=Redirector(
            near=backends.near, recorder=backends.journal, tally=tally
        ),
        proxies=TrustedProxies(settings.TRUSTED_PROXIES),
        tasks=tasks,
    )
