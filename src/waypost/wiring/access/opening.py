"""Open what recognises keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

from waypost.adapters.local import SystemClock
from waypost.config import Settings
from waypost.services.access.authenticate import Authenticator
from waypost.services.access.context import AccessContext
from waypost.services.access.limits import AccessLimits
from waypost.services.access.manage import KeyContext
from waypost.services.access.uses import KeyUses
from waypost.services.domains.known import KnownDomains
from waypost.telemetry.metrics import Metrics
from waypost.wiring.access.limits import open_limits
from waypost.wiring.parts.store import Store


@asynccontextmanager
async def open_access(
    settings: Settings, store: Store, metrics: Metrics, *, domains: KnownDomains
) -> AsyncIterator[AccessContext]:
    """Open what knows who may do what, and how often.

    Raises:
        BackendUnavailable: The database does not answer.
    """
    async with open_limits(settings, store, metrics) as limits:
        yield replace(_access(settings, store, limits), domains=domains)


def _access(settings: Settings, store: Store, limits: AccessLimits) -> AccessContext:
    clock, uses = SystemClock(), KeyUses(store.keys)
    authenticator = Authenticator(
        keys=store.keys.keys,
        uses=uses,
        clock=clock,
        admin_token=settings.ADMIN_TOKEN,
    )
    return AccessContext(
        authenticator=authenticator,
        uses=uses,
        keys=KeyContext(
            storage=store.keys,
            clock=clock,
            forget=authenticator.forget,
            has_admin_token=authenticator.has_admin_token,
        ),
        limits=limits,
        is_creation_public=settings.is_creation_public,
        default_domain=default_domain(settings),
    )


def default_domain(settings: Settings) -> str:
    """Return the host, and the port if it is named, of this server's links."""
    return urlsplit(settings.base_url).netloc
