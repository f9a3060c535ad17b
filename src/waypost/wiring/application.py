"""Put the edge and the API together into what a server serves."""

import asyncio
from dataclasses import dataclass

from waypost.api.app import create_app
from waypost.api.context import ApiContext
from waypost.config import Settings
from waypost.edge.app import EdgeApp
from waypost.edge.lookups import Lookups
from waypost.edge.protocol import EdgeOptions
from waypost.edge.proxies import TrustedProxies
from waypost.edge.redirector import Redirector
from waypost.edge.turn import Turn
from waypost.wiring.backends import Backends


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The ASGI application, and the options of the connections in front of it."""

    app: EdgeApp
    options: EdgeOptions


def build_application(backends: Backends, settings: Settings) -> Application:
    """Return the edge in front of the API; call it on the running event loop."""
    tally = backends.metrics.tally
    proxies = TrustedProxies(settings.TRUSTED_PROXIES)
    redirector = Redirector(near=backends.near, recorder=backends.recorder, tally=tally)
    lookups = Lookups(
        links=backends.storage.links,
        near=backends.near,
        tally=tally,
        timeout_seconds=settings.DATABASE_TIMEOUT_SECONDS,
    )
    app = EdgeApp(
        redirector=redirector,
        lookups=lookups,
        proxies=proxies,
        tally=tally,
        rest=create_app(_api_context(backends, settings, lookups)),
    )
    options = EdgeOptions(
        redirector=redirector,
        turn=Turn(loop=asyncio.get_running_loop(), commit=redirector.commit),
        proxies=proxies,
        request_timeout_seconds=settings.REQUEST_TIMEOUT_SECONDS,
        keep_alive_seconds=settings.KEEP_ALIVE_SECONDS,
    )
    return Application(app=app, options=options)


def _api_context(
    backends: Backends, settings: Settings, lookups: Lookups
) -> ApiContext:
    return ApiContext(
        storage=backends.storage,
        allocator=backends.allocator,
        policy=backends.policy,
        hosts=backends.hosts,
        clock=backends.clock,
        forget=lookups.forget,
        pending=backends.ingest,
        metrics=backends.metrics,
        base_url=settings.base_url,
        request_timeout_seconds=settings.REQUEST_TIMEOUT_SECONDS,
    )
