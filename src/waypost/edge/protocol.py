"""uvicorn's HTTP protocol with a straight road for redirects, and with limits.

::

    bytes ─▶ llhttp ─▶ plain GET of a code held ready? ─yes─▶ record ─▶ Turn ─▶ 307
                                   │no
                                   ▼
                        uvicorn's own way: scope, task, ASGI application

The straight road does what `EdgeApp` does, without building an ASGI scope, a task
and a context for it; measured, that is half of the cost of a redirect. Whatever is
not a plain request (a body, an upgrade, HTTP/1.0, a pipeline behind a slow answer)
takes uvicorn's way.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from waypost.edge.answers import problem_body
from waypost.edge.joined_answer import JoinedAnswer
from waypost.edge.proxies import TrustedProxies
from waypost.edge.redirector import Redirector
from waypost.edge.turn import Turn

MAX_HEAD_BYTES = 64 * 1024
"""Longest request line with headers."""
PLAIN_BYTES = 8 * 1024
"""Longest request that takes the straight road. It bounds what a click can keep of
it; the headers of longer ones are cut first, which takes time."""

LINGER_SECONDS = 1.0
"""How long a server that stops waits for one more request on an idle connection. A
proxy may have sent it just before, and cannot repeat a create whose connection was
closed; this one is answered with `Connection: close`."""

_LEADS_OFF = frozenset({b"content-length", b"transfer-encoding", b"upgrade"})
"""Headers that make a request more than a plain question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeOptions:
    """What every connection of an edge needs."""

    redirector: Redirector
    turn: Turn
    proxies: TrustedProxies
    request_timeout_seconds: float
    """How long a request's head may take to arrive."""
    keep_alive_seconds: float
    """How long a connection may be idle; it is closed at the latest after twice
    this time, because a timer for every request would cost more than it is worth."""


def edge_protocol(options: EdgeOptions) -> type[EdgeProtocol]:
    """Return the class of an edge's connections, which uvicorn makes one of each."""

    class ProtocolOfEdge(EdgeProtocol):
        _options = options

    return ProtocolOfEdge


class EdgeProtocol(HttpToolsProtocol):
    """One client's connection; its edge's options are its class's."""

    _options: EdgeOptions

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._hit = self._options.redirector.hit
        self._turn = self._options.turn
        self._address = ""
        self._behind_proxy = False
        self._is_straight = False
        self._is_quiet = False
        self._is_stopping = False
        self._received = 0
        self._in_head = False
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._linger_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn who is there, and start watching for idleness."""
        # A stream's; uvloop's own class does not say that it is one.
        super().connection_made(cast(asyncio.Transport, transport))
        self._address = self.client[0] if self.client else ""
        self._behind_proxy = self._options.proxies.trusts(self._address)
        self._watch_idleness()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers along with the connection."""
        super().connection_lost(exc)
        for timer in (self._head_timer, self._idle_timer, self._linger_timer):
            if timer is not None:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse *data*, and bound how long and how slow a request's head may be."""
        self._is_quiet = False
        self._received = len(data)
        super().data_received(data)
        if self._in_head:
            self._watch_head(len(data))

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        """Begin a request; the ASGI scope waits until it is known to be needed."""
        self.url = b""
        self.headers = []
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; what it means is asked later, of few of them."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Answer a redirect at once, or hand the request to uvicorn."""
        self._in_head = False
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        location = self._straight_location()
        if location is None:
            self._take_uvicorns_way()
            return
        self._is_straight = True
        self.server_state.total_requests += 1
        self._turn.redirect(self.transport, location, self.server_state.default_headers)

    def on_message_complete(self) -> None:
        """End a request; a redirect has been answered already."""
        if self._is_straight:
            self._is_straight = False
        else:
            super().on_message_complete()

    # Ending

    def shutdown(self) -> None:
        """Send what is due, and let the next answer be the last one."""
        self._turn.finish()
        self._is_stopping = True
        if self._is_answering():
            super().shutdown()
        else:
            self._linger_timer = self.loop.call_later(
                LINGER_SECONDS, self._end_lingering
            )

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the form of all our refusals."""
        self._refuse(HTTPStatus.BAD_REQUEST, "malformed-request", msg)

    def _straight_location(self) -> bytes | None:
        """Return where this request leads, if it may take the straight road."""
        parser = self.parser
        if (
            self._is_stopping
            or parser.get_method() != b"GET"
            or not parser.should_keep_alive()
            or self._received > PLAIN_BYTES
            or self._is_answering()
            or self.flow.write_paused
        ):
            return None
        headers = dict(self.headers)
        if not headers.keys().isdisjoint(_LEADS_OFF):
            return None
        if b"connection" in headers and parser.get_http_version() != "1.1":
            return None  # HTTP/1.0 wants its keep-alive confirmed
        address = self._address
        if self._behind_proxy and b"x-forwarded-for" in headers:
            address = self._options.proxies.client_address(
                address, headers[b"x-forwarded-for"]
            )
        path, _, query = self.url.partition(b"?")
        return self._hit(path[1:].decode("latin-1"), query, headers, address)

    def _is_answering(self) -> bool:
        """Tell whether uvicorn is still busy with an earlier request."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _take_uvicorns_way(self) -> None:
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()
        cycle = self.cycle
        if cycle.scope["method"] != "HEAD" and not self.expect_100_continue:
            cycle.transport = JoinedAnswer(self.transport)
        if self._is_stopping:
            cycle.keep_alive = False

    def _end_lingering(self) -> None:
        if not self._is_answering():
            self.transport.close()

    def _watch_head(self, received: int) -> None:
        """Refuse a request whose head grows too long, or trickles in too slowly."""
        self._head_bytes += received
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                "head-too-large",
                "The request line with its headers is too long.",
            )
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(
                self._options.request_timeout_seconds, self._give_up_head
            )

    def _give_up_head(self) -> None:
        self._refuse(
            HTTPStatus.REQUEST_TIMEOUT,
            "request-timeout",
            "The request did not arrive in time.",
        )

    def _watch_idleness(self) -> None:
        """Close the connection if nothing has come since the last look."""
        if self._is_quiet and not self._is_answering():
            self.transport.close()
            return
        self._is_quiet = True
        self._idle_timer = self.loop.call_later(
            self._options.keep_alive_seconds, self._watch_idleness
        )

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        """Answer outside the ASGI application, and close the connection."""
        if self.transport.is_closing():
            return
        self._turn.finish()
        body = problem_body(code=code, status=status, detail=detail)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            "content-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
