"""An edge put together from memory backends, as the tests need it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from tests.fakes import CHEAP_PASSWORDS
from waypost.adapters.memory.near_cache import MemoryNearCache
from waypost.adapters.memory.rate_limits import MemoryRateLimiter
from waypost.adapters.memory.secrets import MemorySecrets
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.access.limits import Policy, Rate
from waypost.domain.analytics.orphans import Orphan
from waypost.domain.clicks import Click
from waypost.domain.links import Link
from waypost.edge.app import EdgeApp
from waypost.edge.domains.paths import DomainPaths
from waypost.edge.domains.visited import VisitedDomains
from waypost.edge.forms.confirmations import Confirmations
from waypost.edge.forms.gate import Gate
from waypost.edge.forms.visitor_forms import VisitorForms
from waypost.edge.lookups import LinkSources, Lookups
from waypost.edge.orphans import NotedPaths, OrphanNotes
from waypost.edge.redirector import Redirector
from waypost.http.asgi import Application, Message, Receive, Scope, Send
from waypost.http.client_address import TrustedProxies
from waypost.ports.storage import InstanceSecrets
from waypost.services.domains.known import KnownDomains
from waypost.services.visits.budgets import Budgets
from waypost.services.visits.passwords import OF_PASSWORDS, PasswordChecks
from waypost.telemetry.metrics import Metrics, Tally

TARGET = "https://example.com/page?x=1"
BASE_URL = "https://go.example.com"
ATTEMPTS = 3


@dataclass
class CapturingRecorder:
    """Keeps recorded clicks, and which of them were committed."""

    recorded: list[Click] = field(default_factory=list)
    committed: list[Click] = field(default_factory=list)

    def record(self, click: Click, lane: int) -> None:
        """Take a click."""
        assert 0 <= lane < 64
        self.recorded.append(click)

    def commit(self) -> None:
        """Commit what was recorded."""
        self.committed = list(self.recorded)


class CapturedOrphans(list[Orphan]):
    """Keeps the visits that belong to no link."""

    def record(self, orphan: Orphan) -> None:
        """Take an orphan."""
        self.append(orphan)


async def the_rest(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand where the API stands."""
    length = (b"content-length", b"8")
    await send({"type": "http.response.start", "status": 418, "headers": [length]})
    await send({"type": "http.response.body", "body": b"the rest"})


def gate_over(
    budgets: Budgets,
    *,
    secrets: InstanceSecrets,
    metrics: Metrics,
    attempts: int = ATTEMPTS,
) -> Gate:
    """Return a gate at which a client may try *attempts* passwords in a minute."""
    return Gate(
        forms=VisitorForms(
            confirmations=Confirmations(secrets),
            root_of=lambda _domain: BASE_URL,
            timeout_seconds=60,
        ),
        passwords=PasswordChecks(
            CHEAP_PASSWORDS,
            limiter=MemoryRateLimiter(),
            policy=Policy(OF_PASSWORDS, Rate(attempts, 60)),
            metrics=metrics,
        ),
        budgets=budgets,
    )


class Edge:
    """The edge's parts around one memory store."""

    def __init__(
        self,
        *,
        recorder: CapturingRecorder | None = None,
        rest: Application = the_rest,
        proxies: TrustedProxies | None = None,
        has_orphans: bool = True,
        secrets: InstanceSecrets | None = None,
        attempts: int = ATTEMPTS,
    ) -> None:
        self.orphans = CapturedOrphans()
        self.tally = Tally()
        self.near = MemoryNearCache(
            max_bytes=1_000_000,
            fresh_seconds=60,
            absent_seconds=60,
            tally=self.tally,
        )
        self.storage = MemoryStorage()
        self.recorder = recorder or CapturingRecorder()
        self.redirector = Redirector(
            near=self.near, recorder=self.recorder, tally=self.tally
        )
        self.lookups = Lookups(
            sources=LinkSources(links=self.storage.links),
            near=self.near,
            tally=self.tally,
            timeout_seconds=60,
        )
        self.known = KnownDomains(
            self.storage.domains, base_url="https://go.example.com"
        )
        self.budgets = Budgets(self.storage.budgets, wait_seconds=60)
        self.proxies = proxies or TrustedProxies(["10.0.0.1"])
        self.rest = rest
        self.secrets = secrets or MemorySecrets()
        self.metrics = Metrics()
        self.attempts = attempts
        self.notes = OrphanNotes(self.orphans) if has_orphans else None
        self.domains = VisitedDomains(self.known, proxies=self.proxies)
        rest = DomainPaths(self.domains, rest)
        noting = NotedPaths(self.notes, self.domains, rest) if self.notes else rest
        self.app = self.with_fallback(noting)

    def with_fallback(self, fallback: Application) -> EdgeApp:
        """Return the application that passes on to *fallback*."""
        return EdgeApp(
            redirector=self.redirector,
            lookups=self.lookups,
            domains=self.domains,
            gate=gate_over(
                self.budgets,
                secrets=self.secrets,
                metrics=self.metrics,
                attempts=self.attempts,
            ),
            proxies=self.proxies,
            tally=self.tally,
            fallback=fallback,
            orphans=self.notes,
        )

    async def add_link(
        self, code: str, *, link_id: int = 1, domain: str = "", target: str = ""
    ) -> None:
        """Store a link that leads to *target*, or to `TARGET`."""
        now = datetime(2026, 1, 1, tzinfo=UTC)
        link = Link(
            id=link_id,
            code=code,
            domain=domain,
            target=target or TARGET,
            created_at=now,
            updated_at=now,
        )
        async with self.storage.transaction() as transaction:
            await transaction.links.add([link])


def request(
    path: str,
    *,
    method: str = "GET",
    headers: list[tuple[bytes, bytes]] | None = None,
    query: bytes = b"",
    peer: str = "192.0.2.1",
) -> Scope:
    """Return the ASGI scope of a request."""
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": quote(path, errors="replace").encode(),
        "query_string": query,
        "headers": headers or [],
        "client": (peer, 1234),
    }


class Sent(list[Message]):
    """What an application sent."""

    async def send(self, message: Message) -> None:
        """Take a message."""
        self.append(message)

    @property
    def status(self) -> object:
        """The answer's status."""
        return self[0]["status"]

    @property
    def headers(self) -> dict[bytes, bytes]:
        """The answer's headers."""
        return dict(self[0]["headers"])

    @property
    def body(self) -> bytes:
        """The answer's body."""
        return b"".join(message.get("body", b"") for message in self[1:])


async def receive_nothing() -> Message:
    """Stand where a request's body would come from."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def answer(edge: Edge, scope: Scope) -> Sent:
    """Return what *edge* answers to *scope*."""
    sent = Sent()
    await edge.app(scope, receive_nothing, sent.send)
    return sent
