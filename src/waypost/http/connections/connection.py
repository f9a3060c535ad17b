"""uvicorn's HTTP protocol, made safe against wrong and hostile clients.

::

    bytes ─▶ Framing ─▶ one piece ─▶ llhttp ─▶ whole head ─▶ the application
                ▲                                               │
                └────── the next one when this one is answered ─┘

Requests on a connection are parsed one at a time, each when the one before it has been
answered: nothing is queued, answers and refusals keep their order, and a client that
does not read its answers is not read from. An upgrade to another protocol is ignored:
the request is parsed again without it, because llhttp and uvicorn would drop its body
and take what follows for a request.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from waypost.http.connections.flow import DroppedHeaders, Flow
from waypost.http.connections.framing import END_BYTES, END_OF_HEAD, Framing
from waypost.http.connections.heads import (
    MAX_HEAD_BYTES,
    body_length,
    fault_in,
    without_upgrade,
)
from waypost.http.connections.joined_answer import JoinedAnswer
from waypost.http.connections.options import ConnectionOptions
from waypost.http.connections.refusals import refusal
from waypost.http.statuses import (
    HEAD_TOO_LARGE,
    MALFORMED_REQUEST,
    METHOD_NOT_ALLOWED,
    REQUEST_TIMEOUT,
    ErrorKind,
)

PLAIN_BYTES = 8 * 1024
"""Longest request that may be answered at once."""

LINGER_SECONDS = 1.0
"""How long a server that stops waits for one more request on an idle connection. A
proxy may have sent it just before, and cannot repeat a create whose connection was
closed; this one is answered with `Connection: close`. As long, what a refused client
still sends is read and dropped: otherwise it would lose the refusal."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_HEAD_AND_BODY = 2
"""How many pieces are parsed when they arrive; the backlog has the rest."""


def connection_class(options: ConnectionOptions) -> type[Connection]:
    """Return the class of a server's connections, which uvicorn makes one of each."""

    class ConnectionOfServer(Connection):
        _connection = options

    return ConnectionOfServer


class Connection(HttpToolsProtocol):
    """One client's connection; its server's options are its class's."""

    _connection: ConnectionOptions
    flow: Flow

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._framing = Framing()
        self._is_clear = True  # whether a request that comes now is parsed at once
        self._in_head = False
        self._in_body = False
        self._had_body = False
        self._head_bytes = 0
        self._is_over = False
        self._is_quiet = False
        self._is_stopping = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._linger_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, and start watching for idleness."""
        # A stream's; uvloop's own class does not say that it is one.
        super().connection_made(cast(asyncio.Transport, transport))
        self.flow = Flow(self.transport)
        self._watch_idleness()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers along with the connection."""
        super().connection_lost(exc)
        self._stop_parsing()
        for timer in (self._head_timer, self._idle_timer, self._linger_timer):
            if timer is not None:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse *data* at once if it is one request, as nearly all is."""
        self._is_quiet = False
        size = len(data)
        if (
            self._is_clear
            and size <= PLAIN_BYTES
            and data.find(END_OF_HEAD) + END_BYTES == size
        ):
            self._parse(data)
        elif not self._is_over:
            self._framing.add(data)
            self.go_on(_HEAD_AND_BODY)

    def go_on(self, pieces: int) -> None:
        """Parse up to *pieces* of what has arrived, if it may be parsed now."""
        while pieces and self._framing and self._may_parse():
            pieces -= 1
            self._parse_piece(self._framing.cut())
        self._settle()

    def pause_writing(self) -> None:
        """Stop reading from a client that does not read its answers."""
        super().pause_writing()
        self._settle()

    def resume_writing(self) -> None:
        """Read again: the client reads its answers."""
        self._is_quiet = False
        super().resume_writing()
        self._settle()

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        """Begin a request; the ASGI scope is built only when it is needed."""
        self.url = b""
        self.headers = []
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; few headers are interpreted, and later."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Answer at once, or hand the request to uvicorn."""
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        if not self._answers_at_once():
            self._is_clear = False
            self._take_uvicorns_way()

    def on_body(self, body: bytes) -> None:
        """Hand a part of the body to uvicorn."""
        self._had_body = True
        if self._framing.body_left:
            self._framing.body_left -= len(body)
        if not self._is_over:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; one that was answered at once has ended already."""
        if self._in_body:
            self._in_body = False
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with what came behind the request that has been answered."""
        self._is_quiet = False
        self._settle()

    # End of the connection

    def shutdown(self) -> None:
        """Make the next answer the last one."""
        self._is_stopping = True
        if self._is_answering():
            super().shutdown()
        else:
            self._linger_timer = self.loop.call_later(
                LINGER_SECONDS, self._end_lingering
            )

    # Hooks for a server's own connection class

    def _answers_at_once(self) -> bool:
        """Answer the request whose head is complete, if the application need not."""
        return False

    def _flush(self) -> None:
        """Send the answers that wait for something."""

    # Parsing

    def _may_parse(self) -> bool:
        if self._is_over or self.flow.write_paused:
            return False
        return self._in_head or self._in_body or not self._is_answering()

    def _is_answering(self) -> bool:
        """Return whether uvicorn is still busy with a request."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _settle(self) -> None:
        """Read on, unless there is enough to do or the client does not read."""
        if self.transport.is_closing():
            return
        self.flow.is_held = bool(self._framing) or self.flow.write_paused
        if self.flow.is_held:
            self.flow.pause_reading()
        elif not self._is_answering() or len(self.cycle.body) <= HIGH_WATER_LIMIT:
            self.flow.resume_reading()
        may_parse = self._may_parse()
        if self._framing and may_parse:
            self._connection.backlog.join(self)
        self._is_clear = (
            may_parse and not self._framing and not self._in_head and not self._in_body
        )

    def _parse_piece(self, piece: bytes) -> None:
        """Parse a *piece*, and bound how much of it may be no body."""
        was_in_body, self._had_body = self._in_body, False
        if not was_in_body and self._is_too_much(len(piece)):
            return
        self._parse(piece)
        if self._in_head:
            self._watch_head()
        elif not was_in_body or self._had_body:
            self._head_bytes = 0
        else:
            self._is_too_much(len(piece))  # extensions of chunks, and trailers

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._parse_without_upgrade()
        except httptools.HttpParserError:
            self._refuse(MALFORMED_REQUEST)

    def _parse_without_upgrade(self) -> None:
        """Parse the request again as one that asks for no other protocol."""
        parser = self.parser
        method = parser.get_method()
        if method == b"CONNECT":
            self._refuse(
                replace(METHOD_NOT_ALLOWED, detail="This server is not a proxy.")
            )
            return
        head = without_upgrade(
            method, self.url, parser.get_http_version(), self.headers
        )
        self.parser = httptools.HttpRequestParser(self)
        self._parse(head)

    def _take_uvicorns_way(self) -> None:
        parser = self.parser
        if parser.should_upgrade():
            return  # the parser stops here, and another one begins anew
        url, headers = self.url, self.headers
        fault = fault_in(headers, version=parser.get_http_version())
        if fault:
            self._refuse(replace(MALFORMED_REQUEST, detail=fault))
            return
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()
        self.headers = DroppedHeaders()
        self._framing.body_left = body_length(headers)
        self._in_body = True
        self._finish_setting_up(self.cycle)

    def _start_asgi_task(
        self, cycle: RequestResponseCycle, app: ASGI3Application
    ) -> None:
        """Let the application begin when this turn of the event loop has room."""
        begin = super()._start_asgi_task
        if cycle.scope["method"] in {"GET", "HEAD"}:
            self._connection.starts.begin(lambda: begin(cycle, app))
        else:
            # Requests that change something are carried out together, which costs less.
            begin(cycle, app)

    def _finish_setting_up(self, cycle: RequestResponseCycle) -> None:
        cycle.waiting_for_100_continue = False
        if self.expect_100_continue and cycle.scope["http_version"] == "1.1":
            # At once: if the answer came first, only the client would know
            # whether a body still follows, or another request.
            self._flush()
            self.transport.write(_CONTINUE)
        if cycle.scope["method"] != "HEAD":
            cycle.transport = JoinedAnswer(self.transport)
        if self._is_stopping:
            cycle.keep_alive = False

    # Limits

    def _is_too_much(self, size: int) -> bool:
        """Count *size* more bytes of a head, and refuse it if it has grown too long."""
        self._head_bytes += size
        if self._head_bytes <= MAX_HEAD_BYTES:
            return False
        self._refuse(HEAD_TOO_LARGE)
        return True

    def _watch_head(self) -> None:
        """Refuse a request whose head trickles in too slowly."""
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(
                self._connection.request_timeout_seconds,
                self._refuse,
                REQUEST_TIMEOUT,
            )

    def _watch_idleness(self) -> None:
        """Close the connection if its client has done nothing since the last check."""
        is_closing = self.transport.is_closing()
        is_unread = is_closing or self.flow.write_paused
        if self._is_quiet and is_unread:
            self.transport.abort()
        elif self._is_quiet and not self._is_answering():
            self.transport.close()
        self._is_quiet = True
        self._idle_timer = self.loop.call_later(
            self._connection.keep_alive_seconds, self._watch_idleness
        )

    def _end_lingering(self) -> None:
        if not self._is_answering():
            self.transport.close()

    def _refuse(self, kind: ErrorKind) -> None:
        """Answer outside the ASGI application, and read no further request."""
        if self._is_over or self.transport.is_closing():
            return
        self._connection.refusals.note(kind.code)
        self._stop_parsing()
        self._flush()
        if self._is_answering() and self._breaks_off():
            return
        self.transport.write(refusal(kind, page=self._connection.errors_page))
        self._say_goodbye()

    def _stop_parsing(self) -> None:
        self._is_over = True
        self._is_clear = False
        self._framing.drop()

    def _breaks_off(self) -> bool:
        """Take the request from the application; return if its answer has begun."""
        cycle = self.cycle
        cycle.disconnected = True
        cycle.message_event.set()
        if cycle.response_started:
            self.transport.close()
        return bool(cycle.response_started)

    def _say_goodbye(self) -> None:
        """End what is sent, and drop for a moment what still comes."""
        self._stop_parsing()
        if self.transport.is_closing():
            return
        self.flow.is_held = False
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._linger_timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)
