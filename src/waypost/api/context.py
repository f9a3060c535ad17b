"""The backends and settings of the control plane, from the composition root."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from fastapi import Request

from waypost.api.stream_limits import StreamLimits
from waypost.domain.domains.domains import UNTOUCHED, LinkDomain
from waypost.http.asgi import Scope
from waypost.http.client_address import TrustedProxies
from waypost.http.internal import PRIVATE_ONLY, InternalAccess
from waypost.ports.abuse.reports import AbuseReports
from waypost.ports.analytics.orphans import OrphanStore
from waypost.ports.audit.trail import AuditTrail
from waypost.ports.batch.asked_jobs import AskedJobs
from waypost.ports.batch.tables import TableForm
from waypost.ports.bulk.answers import KeptAnswers
from waypost.ports.bulk.results import DoneBatches
from waypost.ports.gaps import ClickGaps
from waypost.ports.shared_cache import SharedCache
from waypost.ports.storage import ClickSettlement
from waypost.services.access.context import AccessContext
from waypost.services.campaigns.manage import TemplateContext
from waypost.services.domains.manage import DomainContext
from waypost.services.exports.text_forms import TEXT_FORMS
from waypost.services.links.context import LinkContext
from waypost.services.links.relay import EventRelay
from waypost.services.proof import JournalFacts
from waypost.services.reports.context import ReportContext
from waypost.services.requests.rolling_back import DryDomains, DryKeys, DryStorage
from waypost.services.requests.running import RunningRequests
from waypost.services.tags.changing import TagChanges
from waypost.services.tags.context import TagContext
from waypost.telemetry.health import Check, Readiness
from waypost.telemetry.log_throttle import LogThrottle
from waypost.telemetry.metrics import Metrics

DRY_RUN_KEY: Final = "waypost.dry_run"
"""Where a request's scope carries that it asks what would happen: the names of what its
answer cannot say, and has null for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFacts:
    """What this process is."""

    version: str
    mode: str
    journal: JournalFacts
    gaps: ClickGaps | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """Everything that the routes need, for as long as the process lives."""

    links: LinkContext
    tags: TagContext
    templates: TemplateContext
    tag_changes: TagChanges
    done_batches: DoneBatches
    answers: KeptAnswers
    relay: EventRelay
    abuse_reports: AbuseReports
    domains: DomainContext
    settlement: ClickSettlement
    shared: SharedCache | None
    """The cache that processes share, if there is one."""
    journal: Check
    """Checks whether clicks are kept."""
    readers: Check
    """Checks whether every reader of the journal moves on."""
    audit_files: Check
    """Checks whether the files of the audit trail have all entries."""
    readiness: Readiness
    audit: AuditTrail
    access: AccessContext
    cors_origins: Sequence[str]
    """Whose pages may call the API in a browser; `*`: those of all origins."""
    metrics: Metrics
    base_url: str
    """Where visitors reach this server, without a slash at the end."""
    request_timeout_seconds: float
    """How long a client may take to send a body."""
    reports: ReportContext | None = None
    """None: this server makes no reports."""
    system: SystemFacts | None = None
    """None: this process has no journal."""
    jobs: AskedJobs | None = None
    """None: no process stores clicks, so that none runs jobs."""
    jobs_off: Mapping[str, str] = field(default_factory=dict)
    """Why jobs of some types cannot be run with the settings."""
    orphans: OrphanStore | None = None
    """None: visits that belong to no link are not kept."""
    forms: Mapping[str, TableForm] = field(default_factory=lambda: TEXT_FORMS)
    """In which exports are written, by name."""
    streams: StreamLimits = field(default_factory=StreamLimits)
    running: RunningRequests = field(default_factory=RunningRequests)
    proxies: TrustedProxies = field(default_factory=lambda: TrustedProxies(()))
    """Says which address a request comes from."""
    visited: Callable[[Scope], LinkDomain] = lambda _scope: UNTOUCHED
    """Returns the domain that a request is for."""
    internal: InternalAccess = PRIVATE_ONLY
    """Who may read metrics."""
    throttle: LogThrottle = field(default_factory=LogThrottle)
    """Limits the log lines that any client can cause."""

    @property
    def is_dry_run(self) -> bool:
        """Whether a request asks what would happen, and nothing is kept."""
        return self.links.is_dry_run


def context_of(request: Request) -> ApiContext:
    """Return the context that the application was created with.

    Called by the routes themselves, because FastAPI's `Depends` would take a tenth
    of the time that it takes to create a link.
    """
    context: ApiContext = request.app.state.context
    return _dry(context) if DRY_RUN_KEY in request.scope else context


def _dry(context: ApiContext) -> ApiContext:
    """Return *context* for one request of which nothing is kept."""
    storage = DryStorage(context.links.storage)
    keys = replace(context.access.keys, storage=DryKeys(context.access.keys.storage))
    return replace(
        context,
        links=replace(context.links, storage=storage, is_dry_run=True),
        tags=replace(context.tags, storage=storage),
        templates=replace(context.templates, storage=storage),
        domains=replace(context.domains, storage=DryDomains(context.domains.storage)),
        access=replace(context.access, keys=keys),
    )
