"""A connection of the edge: the fast path for redirects.

::

    head ─▶ plain GET of a cached code? ─yes─▶ record ─▶ Turn ─▶ 307
                             │no
                             ▼
              uvicorn's own way: scope, task, ASGI application

The fast path does what `EdgeApp` does, without building an ASGI scope, a task
and a context for it; measured, that is half of the cost of a redirect. A request that
is not plain (a body, an upgrade, HTTP/1.0, a header twice) takes uvicorn's way.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from waypost.domain.targeting.visits import Visit
from waypost.edge.decide import decide
from waypost.edge.domains.visited import VisitedDomains
from waypost.edge.evidence import noting
from waypost.edge.fast.turn import Turn
from waypost.edge.redirector import Redirector
from waypost.http.answers import Answer
from waypost.http.client_address import TrustedProxies
from waypost.http.connections.connection import PLAIN_BYTES, Connection
from waypost.http.connections.heads import is_host
from waypost.http.connections.options import ConnectionOptions
from waypost.ports.near_cache import NearEntry
from waypost.services.domains.known import KnownDomains

_LEADS_OFF = frozenset({b"content-length", b"transfer-encoding", b"upgrade"})
"""Headers that need more than the fast path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeOptions:
    """What every connection of an edge needs."""

    redirector: Redirector
    turn: Turn
    proxies: TrustedProxies
    known: KnownDomains
    domains: VisitedDomains
    connection: ConnectionOptions


def edge_protocol(options: EdgeOptions) -> type[EdgeProtocol]:
    """Return the class of an edge's connections, which uvicorn makes one of each."""

    class ProtocolOfEdge(EdgeProtocol):
        _options = options
        _connection = options.connection

    return ProtocolOfEdge


class EdgeProtocol(Connection):
    """One client's connection; its edge's options are its class's."""

    _options: EdgeOptions
    _host = b""
    """The `Host` that was last found to be valid."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the client's address."""
        super().connection_made(transport)
        self._held = self._options.redirector.held
        self._hit = self._options.redirector.hit
        self._turn = self._options.turn
        self._known = self._options.known
        self._address = self.client[0] if self.client else ""
        proxies = self._options.proxies
        self._behind_proxy = proxies.trusts(self._address)
        self._country_in = proxies.country_header if self._behind_proxy else b""

    def _answers_at_once(self) -> bool:
        """Answer a redirect when this turn of the event loop ends."""
        parser = self.parser
        if (
            self._is_stopping
            or parser.get_method() != b"GET"
            or not parser.should_keep_alive()
            or self._head_bytes > PLAIN_BYTES
        ):
            return False
        headers = dict(self.headers)
        if len(headers) != len(self.headers) or not headers.keys().isdisjoint(
            _LEADS_OFF
        ):
            return False
        host = headers.get(b"host")
        if host != self._host:
            if host is None or not is_host(host):
                return False
            self._host = host
        if b"connection" in headers and parser.get_http_version() != "1.1":
            return False  # HTTP/1.0 needs its keep-alive confirmed
        address = self._said_address(headers) if self._behind_proxy else self._address
        country = headers.get(self._country_in, b"") if self._country_in else b""
        path, _, query = self.url.partition(b"?")
        key = path[1:].decode("latin-1")
        if not self._known.is_plain:
            key = self._options.domains.quick_key(
                key, headers, behind_proxy=self._behind_proxy
            )
        entry = self._held(key)
        if entry is None or entry.plan is not None:
            return entry is not None and self._decides(
                entry, query, headers, address, country
            )
        self._hit(entry, query, headers, address, country)
        default_headers = self.server_state.default_headers
        self._turn.redirect(self.transport, entry.location, default_headers)
        return True

    def _said_address(self, headers: dict[bytes, bytes]) -> str:
        """Return the visitor's address, as the proxy in front says it."""
        forwarded_for = headers.get(b"x-forwarded-for", b"")
        forwarded = headers.get(b"forwarded", b"")
        if not forwarded_for and not forwarded:
            return self._address
        proxies = self._options.proxies
        return proxies.client_address(self._address, forwarded_for, forwarded)

    def _decides(
        self,
        entry: NearEntry,
        query: bytes,
        headers: dict[bytes, bytes],
        address: str,
        country: bytes,
    ) -> bool:
        """Answer a link with a plan as above; not with a page, nor what has to wait."""
        if entry.plan is not None and entry.plan.has_budget:
            return False
        visit = Visit(query.decode("latin-1"), "", headers, address, country)
        answer, counts, chosen = decide(entry, visit)
        if not isinstance(answer, Answer):
            return False
        if counts:
            self._hit(entry, query, noting(headers, chosen), address, country)
        self._turn.answer(self.transport, answer, self.server_state.default_headers)
        return True

    def _flush(self) -> None:
        self._turn.finish()
