"""Put the edge and the API together into what an app serves."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from waypost.adapters.password_hashes import Argon2Hasher
from waypost.adapters.zones import TzdataZones
from waypost.api.app import create_app
from waypost.api.context import ApiContext
from waypost.config import Settings
from waypost.services.access.context import AccessContext
from waypost.services.campaigns.known import KnownTemplates
from waypost.services.domains.manage import DomainContext
from waypost.services.links.context import LinkContext
from waypost.services.links.create_batches import (
    CreateBatches,
    CreateContext,
    CreateLimits,
)
from waypost.services.links.relay import Caches, EventRelay
from waypost.services.reports.context import ReportContext
from waypost.telemetry.health import Readiness
from waypost.wiring.access.first_key import first_key
from waypost.wiring.access.internal import internal_access
from waypost.wiring.access.opening import default_domain, open_access
from waypost.wiring.analytics.places import open_countries
from waypost.wiring.analytics.when_asked import ReportsWhenAsked
from waypost.wiring.audit.files import audit_check, keep_files
from waypost.wiring.exports import open_forms
from waypost.wiring.jobs.known import jobs_off
from waypost.wiring.parts.backends import Backends
from waypost.wiring.parts.control import Control, open_control
from waypost.wiring.parts.edge import Edge, build_edge
from waypost.wiring.parts.links.tags import tag_changes, tag_context, template_context
from waypost.wiring.parts.links.titles import title_tasks, wanted_titles
from waypost.wiring.program import Program, Task
from waypost.wiring.programs.background import EVENT_READERS, background_tasks
from waypost.wiring.programs.system import system_facts
from waypost.wiring.topology import topology_of

_RELAY_SECONDS: Final = 1.0
"""How often the outbox is searched for what another process could not pass on."""
_TIDYING_SECONDS: Final = 60.0
"""How often it is emptied where no other process has caches."""
DRAIN_SECONDS: Final = 5.0
"""How long creates in progress may take once the server stops."""


@asynccontextmanager
async def open_application(
    settings: Settings, backends: Backends
) -> AsyncIterator[Program]:
    """Open redirects and the API.

    Raises:
        SettingsError: The settings contradict each other.
        BackendUnavailable: The database does not answer.
    """
    async with (
        open_control(settings, backends) as control,
        _open_reports(settings, backends, control) as reports,
        open_access(
            settings, backends.store, backends.metrics, domains=backends.domains
        ) as access,
    ):
        edge = build_edge(backends, settings, access.limits.limiter)
        relay = _relay(backends, edge)
        batches = _batches(settings, backends, edge, relay)
        context = replace(
            _context(
                settings,
                backends,
                control,
                batches=batches,
                relay=relay,
                access=access,
            ),
            reports=reports,
            proxies=edge.proxies,
            visited=edge.visited.of,
        )
        program = edge.serve(
            fallback=create_app(context),
            readiness=context.readiness,
            tasks=_tasks(settings, backends, control, context),
            endings=(partial(batches.drain, within=DRAIN_SECONDS), access.uses.end),
        )
        yield replace(
            program, make_first_key=partial(first_key, settings, backends.store)
        )


@asynccontextmanager
async def _open_reports(
    settings: Settings, backends: Backends, control: Control
) -> AsyncIterator[ReportContext | None]:
    """Open what reports are made from; None: clicks are not stored."""
    if not topology_of(settings).has_reports:
        yield None
        return
    async with aclosing(ReportsWhenAsked(settings)) as store:
        yield ReportContext(
            store=store,
            links=backends.store.storage.links,
            zones=TzdataZones(),
            clock=control.clock,
            default_domain=default_domain(settings),
            domains=backends.domains,
        )


def _tasks(
    settings: Settings, backends: Backends, control: Control, context: ApiContext
) -> tuple[Task, ...]:
    """Return what an app does besides its answers."""
    return (
        *keep_files(settings, backends.store),
        *title_tasks(settings, context.links, backends.metrics),
        *background_tasks(
            store=backends.store,
            control=control,
            links=context.links,
            tag_changes=context.tag_changes,
            relay=context.relay,
            uses=context.access.uses,
        ),
    )


def _batches(
    settings: Settings, backends: Backends, edge: Edge, relay: EventRelay
) -> CreateBatches:
    return CreateBatches(
        CreateContext(
            storage=backends.store.storage,
            event_readers=EVENT_READERS,
            forget=edge.lookups.forget,
            nudge=relay.nudge,
            metrics=backends.metrics,
        ),
        limits=CreateLimits(wait_seconds=settings.DATABASE_TIMEOUT_SECONDS),
    )


def _relay(backends: Backends, edge: Edge) -> EventRelay:
    shared = backends.shared
    return EventRelay(
        storage=backends.store.storage,
        caches=Caches(
            invalidate=edge.lookups.invalidate,
            shared=shared.cache if shared else None,
            invalidations=shared.invalidations if shared else None,
        ),
        metrics=backends.metrics,
        interval=_RELAY_SECONDS if shared else _TIDYING_SECONDS,
    )


def _context(  # noqa: PLR0913  # the parts of an application
    settings: Settings,
    backends: Backends,
    control: Control,
    *,
    batches: CreateBatches,
    relay: EventRelay,
    access: AccessContext,
) -> ApiContext:
    links = _links(settings, backends, control, batches=batches, relay=relay)
    return ApiContext(
        links=links,
        domains=_domains(backends, control, links),
        tags=(tags := tag_context(backends.store, control)),
        tag_changes=tag_changes(backends.store, tags),
        templates=template_context(backends.store, control),
        done_batches=backends.store.done_batches,
        answers=backends.store.answers,
        relay=relay,
        abuse_reports=backends.store.abuse_reports,
        settlement=backends.settlement,
        shared=backends.shared.cache if backends.shared else None,
        journal=backends.watch.check,
        readers=backends.watch.check_readers,
        audit=backends.store.audit,
        audit_files=audit_check(backends.store),
        readiness=Readiness(),
        access=access,
        internal=internal_access(settings),
        cors_origins=settings.CORS_ORIGINS,
        metrics=backends.metrics,
        base_url=settings.base_url,
        system=system_facts(settings, backends),
        jobs=backends.store.jobs if topology_of(settings).has_reports else None,
        jobs_off=jobs_off(settings),
        orphans=backends.store.orphans if settings.REPORTS else None,
        forms=open_forms(),
        request_timeout_seconds=settings.REQUEST_TIMEOUT_SECONDS,
    )


def _domains(backends: Backends, control: Control, links: LinkContext) -> DomainContext:
    return DomainContext(
        storage=backends.store.domains,
        known=backends.domains,
        target=links.new_target,
        hosts=control.hosts,
        clock=control.clock,
        event_readers=EVENT_READERS,
    )


def _links(
    settings: Settings,
    backends: Backends,
    control: Control,
    *,
    batches: CreateBatches,
    relay: EventRelay,
) -> LinkContext:
    return LinkContext(
        storage=backends.store.storage,
        lists=backends.store.lists,
        allocator=control.allocator,
        batches=batches,
        policy=control.policy,
        are_unicode_codes_allowed=settings.UNICODE_CODES,
        restorable=timedelta(days=settings.RESTORE_DAYS),
        hosts=control.hosts,
        clock=control.clock,
        event_readers=EVENT_READERS,
        nudge=relay.nudge,
        blocklists=control.blocklists,
        are_shorteners_allowed=settings.ALLOW_SHORTENERS,
        titles=wanted_titles(settings, backends.metrics),
        is_own_host=lambda host: host in backends.domains.table.names,
        templates=KnownTemplates(
            backends.store.utm_templates, domain=default_domain(settings)
        ),
        domains=backends.domains,
        country_of=open_countries(),
        passwords=Argon2Hasher(threads=1),
    )
