"""Build the edge, in front of the other application of a process."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from waypost.adapters.password_hashes import Argon2Hasher
from waypost.config import Settings
from waypost.domain.access.limits import Policy
from waypost.edge.app import EdgeApp
from waypost.edge.domains.paths import DomainPaths
from waypost.edge.domains.visited import VisitedDomains
from waypost.edge.fast.protocol import EdgeOptions
from waypost.edge.fast.turn import Turn
from waypost.edge.forms.confirmations import Confirmations
from waypost.edge.forms.gate import Gate
from waypost.edge.forms.visitor_forms import VisitorForms
from waypost.edge.lookups import LinkSources, Lookups, watch_invalidations
from waypost.edge.orphans import NotedPaths, OrphanNotes
from waypost.edge.pages.link_pages import LinkPages
from waypost.edge.pages.logos import Logos
from waypost.edge.pages.qr_codes import QrCodes
from waypost.edge.redirector import Redirector
from waypost.http.asgi import Application
from waypost.http.client_address import TrustedProxies
from waypost.http.connections.options import ConnectionOptions, connection_options
from waypost.http.problems import ERRORS_PAGE
from waypost.ports.access.limits import RateLimiter
from waypost.services.analytics.count_orphans import OrphanCounter
from waypost.services.domains.known import KnownDomains
from waypost.services.visits.budgets import Budgets
from waypost.services.visits.passwords import OF_PASSWORDS, PasswordChecks
from waypost.telemetry.health import Readiness
from waypost.telemetry.metrics import Tally
from waypost.wiring.analytics.places import open_countries
from waypost.wiring.parts.backends import Backends
from waypost.wiring.program import Program, Task

PASSWORD_THREADS: Final = 2
"""How many passwords are compared at the same time; each takes 19 MiB meanwhile."""
ORPHAN_SECONDS: Final = 2.0
"""How long storing the last visits without a link may take once the server stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The parts of an edge; `serve` puts them to use."""

    lookups: Lookups
    known: KnownDomains
    budgets: Budgets
    redirector: Redirector
    proxies: TrustedProxies
    tally: Tally
    gate: Gate
    connection: ConnectionOptions
    qr_codes: QrCodes
    orphans: OrphanCounter | None
    """Counts visits that belong to no link; None: they are not kept."""
    tasks: tuple[Task, ...]

    @property
    def visited(self) -> VisitedDomains:
        """What knows the domain of each request."""
        return VisitedDomains(self.known, proxies=self.proxies)

    def serve(
        self,
        *,
        fallback: Application,
        readiness: Readiness,
        tasks: tuple[Task, ...] = (),
        endings: tuple[Task, ...] = (),
    ) -> Program:
        """Return the application of a server; call it on the running event loop."""
        notes = OrphanNotes(self.orphans) if self.orphans else None
        domains = self.visited
        fallback = DomainPaths(domains, fallback)
        app = EdgeApp(
            redirector=self.redirector,
            lookups=self.lookups,
            domains=domains,
            gate=self.gate,
            proxies=self.proxies,
            tally=self.tally,
            fallback=LinkPages(
                lookups=self.lookups,
                domains=domains,
                budgets=self.budgets,
                qr_codes=self.qr_codes,
                proxies=self.proxies,
                fallback=NotedPaths(notes, domains, fallback) if notes else fallback,
                orphans=notes,
            ),
            orphans=notes,
        )
        options = EdgeOptions(
            redirector=self.redirector,
            turn=Turn(loop=asyncio.get_running_loop(), commit=self.redirector.commit),
            proxies=self.proxies,
            known=self.known,
            domains=domains,
            connection=self.connection,
        )
        return Program(
            app=app,
            options=options,
            readiness=readiness,
            tasks=(*self.tasks, *self._counting(), *tasks),
            endings=(*endings, self.lookups.aclose, *self._draining()),
        )

    def _counting(self) -> Iterator[Task]:
        if self.orphans:
            yield self.orphans.run

    def _draining(self) -> Iterator[Task]:
        if self.orphans:
            yield partial(self.orphans.drain, within=ORPHAN_SECONDS)


def _gate(
    backends: Backends, settings: Settings, budgets: Budgets, limiter: RateLimiter
) -> Gate:
    rate = settings.password_rate

    def root_of(domain: str) -> str:
        return backends.domains.table.root_of(domain)

    return Gate(
        forms=VisitorForms(
            confirmations=Confirmations(backends.store.secrets),
            root_of=root_of,
            timeout_seconds=settings.REQUEST_TIMEOUT_SECONDS,
        ),
        passwords=PasswordChecks(
            Argon2Hasher(threads=PASSWORD_THREADS),
            limiter=limiter,
            policy=Policy(OF_PASSWORDS, rate) if rate else None,
            metrics=backends.metrics,
        ),
        budgets=budgets,
    )


def _budgets(backends: Backends, settings: Settings) -> Budgets:
    return Budgets(
        backends.store.budgets, wait_seconds=settings.DATABASE_TIMEOUT_SECONDS
    )


def _lookups(backends: Backends, settings: Settings) -> Lookups:
    shared = backends.shared
    return Lookups(
        sources=LinkSources(
            links=backends.store.storage.links,
            shared=shared.cache if shared else None,
            country_of=open_countries(),
        ),
        near=backends.near,
        tally=backends.metrics.tally,
        timeout_seconds=settings.DATABASE_TIMEOUT_SECONDS,
    )


def build_edge(backends: Backends, settings: Settings, limiter: RateLimiter) -> Edge:
    """Return an edge over *backends*; call it on the running event loop.

    *limiter* counts which passwords visitors try.
    """
    budgets = _budgets(backends, settings)
    tally = backends.metrics.tally
    shared = backends.shared
    lookups = _lookups(backends, settings)
    tasks: tuple[Task, ...] = (backends.domains.run,)
    if shared:
        watch = partial(
            watch_invalidations, invalidations=shared.invalidations, lookups=lookups
        )
        tasks = (*tasks, watch)
    return Edge(
        lookups=lookups,
        known=backends.domains,
        budgets=budgets,
        redirector=Redirector(
            near=backends.near, recorder=backends.journal, tally=tally
        ),
        proxies=TrustedProxies(
            settings.TRUSTED_PROXIES, country_header=settings.COUNTRY_HEADER
        ),
        tally=tally,
        gate=_gate(backends, settings, budgets, limiter),
        connection=connection_options(
            request_timeout_seconds=settings.REQUEST_TIMEOUT_SECONDS,
            keep_alive_seconds=settings.KEEP_ALIVE_SECONDS,
            errors_page=ERRORS_PAGE,
        ),
        qr_codes=QrCodes(Logos(backends.store.domains.domains)),
        orphans=OrphanCounter(backends.store.orphans, metrics=backends.metrics.orphans)
        if settings.REPORTS
        else None,
        tasks=tasks,
    )
