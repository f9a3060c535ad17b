"""The real application over memory backends, and clients for it."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

import httpx
import pytest
import structlog
from fastapi import FastAPI

from tests.fakes import CHEAP_PASSWORDS
from waypost.adapters.local import IdnaHostNames, SystemClock
from waypost.adapters.memory.abuse import MemoryAbuseReports
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.adapters.memory.clicks import MemoryClicks
from waypost.adapters.memory.orphans import MemoryOrphans
from waypost.adapters.memory.rate_limits import MemoryRateLimiter
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage
from waypost.adapters.zones import TzdataZones
from waypost.api.app import create_app
from waypost.api.context import ApiContext
from waypost.api.documents.openapi import Document
from waypost.api.stream_limits import StreamLimits
from waypost.domain.access.limits import Policy, Rate
from waypost.domain.codes import CodePermutation
from waypost.domain.events import CACHES
from waypost.domain.urls.own_server import OwnServer
from waypost.domain.urls.targets import TargetPolicy
from waypost.edge.domains.visited import VisitedDomains
from waypost.http.client_address import TrustedProxies
from waypost.http.internal import PRIVATE_ONLY, InternalAccess
from waypost.ports.abuse.reports import AbuseReports
from waypost.ports.access.keys import KeyStorage
from waypost.ports.analytics.orphans import OrphanStore
from waypost.ports.batch.asked_jobs import AskedJobs
from waypost.ports.batch.tables import TableForm
from waypost.ports.runtime import Clock
from waypost.ports.shared_cache import Invalidations, SharedCache
from waypost.ports.storage import Storage
from waypost.services.access.authenticate import Authenticator
from waypost.services.access.context import AccessContext
from waypost.services.access.limits import (
    OF_ADDRESSES,
    OF_KEYS,
    OF_WRONG_KEYS,
    AccessLimits,
)
from waypost.services.access.manage import KeyContext
from waypost.services.access.uses import KeyUses
from waypost.services.campaigns.known import KnownTemplates
from waypost.services.campaigns.manage import TemplateContext
from waypost.services.domains.known import KnownDomains
from waypost.services.domains.manage import DomainContext
from waypost.services.ids.allocate import CodeAllocator
from waypost.services.links.context import LinkContext
from waypost.services.links.create_batches import (
    CreateBatches,
    CreateContext,
    CreateLimits,
)
from waypost.services.links.relay import Caches, EventRelay
from waypost.services.reports.context import ReportContext
from waypost.services.tags.changing import TagChanges
from waypost.services.tags.context import TagContext
from waypost.services.wanted.titles import WantedTitles
from waypost.telemetry.health import Check, Readiness
from waypost.telemetry.metrics import Metrics
from waypost.wiring.exports import open_forms

BASE_URL = "https://go.example.com"
ADMIN_TOKEN = "the admin token of the tests"
AS_ADMIN = {"Authorization": f"Bearer {ADMIN_TOKEN}"}


class Settled:
    """Everything is counted already, for every code."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def settle(self, code: str) -> None:
        """Note the code."""
        self.asked.append(code)


@dataclass
class Api:
    """The parts of an application that tests look at."""

    storage: Storage = field(default_factory=MemoryStorage)
    keys: KeyStorage = field(default_factory=MemoryStorage)
    metrics: Metrics = field(default_factory=Metrics)
    forgotten: list[str] = field(default_factory=list)
    changed: list[tuple[str, int]] = field(default_factory=list)
    settlement: Settled = field(default_factory=Settled)
    shared: SharedCache | None = None
    titles: WantedTitles = field(default_factory=WantedTitles)
    invalidations: Invalidations | None = None
    journal: Check = MemoryStorage().ping
    """Whether clicks are kept: they are."""
    readers: Check = MemoryStorage().ping
    """Whether every reader of the journal moves on: it does."""
    audit_files: Check = MemoryStorage().ping
    """Whether the files of the audit trail have all entries: they do."""
    readiness: Readiness = field(default_factory=Readiness)
    admin_token: str = ADMIN_TOKEN
    is_creation_public: bool = True
    key_rate: Rate | None = None
    address_rate: Rate | None = None
    wrong_key_rate: Rate | None = None
    internal: InternalAccess = PRIVATE_ONLY
    proxies: TrustedProxies = field(default_factory=lambda: TrustedProxies(()))
    are_unicode_codes_allowed: bool = False
    clock: Clock = field(default_factory=SystemClock)
    cors_origins: tuple[str, ...] = ()
    request_timeout_seconds: float = 0.2
    clicks: MemoryClicks | None = field(default_factory=MemoryClicks)
    """None: there are no reports."""
    jobs: AskedJobs | None = None
    """None: no process runs jobs."""
    abuse_reports: AbuseReports = field(default_factory=MemoryAbuseReports)
    orphans: OrphanStore | None = field(default_factory=MemoryOrphans)
    streams: StreamLimits = field(default_factory=StreamLimits)
    forms: Mapping[str, TableForm] = field(default_factory=open_forms)

    def create(self) -> FastAPI:
        """Return the application over these parts."""
        self.relay = EventRelay(
            storage=self.storage,
            caches=Caches(
                invalidate=lambda code, version: self.changed.append((code, version)),
                shared=self.shared,
                invalidations=self.invalidations,
            ),
            metrics=self.metrics,
            interval=1.0,
        )
        store = _sound(self.storage)
        self.known = KnownDomains(store.domains, base_url=BASE_URL)
        links = self._links()
        tags = TagContext(
            storage=self.storage,
            tags=_sound(self.storage).tags,
            lists=_sound(self.storage).lists,
            clock=self.clock,
        )
        return create_app(
            ApiContext(
                links=links,
                tags=tags,
                tag_changes=TagChanges(tags),
                templates=TemplateContext(
                    storage=self.storage,
                    templates=_sound(self.storage).utm_templates,
                    clock=self.clock,
                ),
                domains=self._domains(links),
                done_batches=_sound(self.storage).done_batches,
                answers=_sound(self.storage).answers,
                relay=self.relay,
                abuse_reports=self.abuse_reports,
                settlement=self.settlement,
                shared=self.shared,
                journal=self.journal,
                readers=self.readers,
                readiness=self.readiness,
                cors_origins=self.cors_origins,
                audit=_sound(self.storage).audit,
                audit_files=self.audit_files,
                access=self._access(),
                metrics=self.metrics,
                base_url=BASE_URL,
                request_timeout_seconds=self.request_timeout_seconds,
                reports=self._reports(),
                jobs=self.jobs,
                orphans=self.orphans,
                streams=self.streams,
                proxies=self.proxies,
                visited=VisitedDomains(self.known, proxies=self.proxies).of,
                internal=self.internal,
                forms=self.forms,
            )
        )

    def _domains(self, links: LinkContext) -> DomainContext:
        return DomainContext(
            storage=_sound(self.storage),
            known=self.known,
            target=links.new_target,
            hosts=links.hosts,
            clock=self.clock,
        )

    def _access(self) -> AccessContext:
        self.uses = KeyUses(self.keys)
        authenticator = Authenticator(
            keys=self.keys.keys,
            uses=self.uses,
            clock=self.clock,
            admin_token=self.admin_token,
        )
        return AccessContext(
            authenticator=authenticator,
            uses=self.uses,
            keys=KeyContext(
                storage=self.keys,
                clock=self.clock,
                forget=authenticator.forget,
                has_admin_token=bool(self.admin_token),
            ),
            limits=AccessLimits(
                limiter=MemoryRateLimiter(),
                keys=_policy(OF_KEYS, self.key_rate),
                addresses=_policy(OF_ADDRESSES, self.address_rate),
                wrong_keys=_policy(OF_WRONG_KEYS, self.wrong_key_rate),
                metrics=self.metrics,
            ),
            is_creation_public=self.is_creation_public,
            default_domain="go.example.com",
            domains=self.known,
        )

    def _reports(self) -> ReportContext | None:
        if self.clicks is None:
            return None
        return ReportContext(
            store=self.clicks,
            links=self.storage.links,
            zones=TzdataZones(),
            clock=self.clock,
            default_domain="go.example.com",
            domains=self.known,
        )

    def _links(self) -> LinkContext:
        return LinkContext(
            storage=self.storage,
            lists=_sound(self.storage).lists,
            allocator=CodeAllocator(
                blocks=MemoryBlocks(),
                permutation=CodePermutation(b"a key for the tests"),
                block_size=1000,
                metrics=self.metrics,
            ),
            batches=CreateBatches(
                CreateContext(
                    storage=self.storage,
                    event_readers=[CACHES],
                    forget=self.forgotten.append,
                    nudge=self.relay.nudge,
                    metrics=self.metrics,
                ),
                limits=CreateLimits(),
            ),
            policy=TargetPolicy(
                schemes=frozenset({"http", "https"}),
                max_length=8192,
                allow_credentials=False,
                own=OwnServer(
                    hosts=frozenset({"go.example.com"}), ports=frozenset({80, 443})
                ),
            ),
            are_unicode_codes_allowed=self.are_unicode_codes_allowed,
            titles=self.titles,
            templates=KnownTemplates(
                _sound(self.storage).utm_templates, domain="go.example.com"
            ),
            restorable=timedelta(days=7),
            passwords=CHEAP_PASSWORDS,
            hosts=IdnaHostNames(),
            clock=self.clock,
            domains=self.known,
            event_readers=[CACHES],
            nudge=self.relay.nudge,
        )


@cache
def openapi_document() -> Document:
    """Return what the API says of itself, made once: that takes a second."""
    return Api().create().openapi()


@pytest.fixture
def api() -> Api:
    """Parts of an application with an empty store."""
    return Api()


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application over `api`."""
    # Like a real server, the transport hides what the application raises.
    transport = httpx.ASGITransport(api.create(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[structlog.typing.EventDict]]:
    """What is logged during a test, with the ids that are bound to its requests."""
    merge = structlog.contextvars.merge_contextvars
    with structlog.testing.capture_logs(processors=[merge]) as events:
        yield events


def _policy(name: str, rate: Rate | None) -> Policy | None:
    return Policy(name, rate) if rate else None


def _sound(storage: Storage) -> MemoryStorage | SqlStorage:
    """Return a store; an empty one instead of a store that fails."""
    if isinstance(storage, MemoryStorage | SqlStorage):
        return storage
    return MemoryStorage()
