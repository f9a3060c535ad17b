"""One connection, spoken to in process: which requests Waypost found on it.

Its application does what its path says: `/read` takes the body, `/late` does so after
a while, `/ignore` answers without looking. `/abc1234` is a cached link.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from uvicorn.server import ServerState

from tests.integration.http.transport import MemoryTransport
from tests.unit.edge.parts import Edge
from waypost.domain.clicks import Click
from waypost.edge.fast.protocol import EdgeOptions, edge_protocol
from waypost.edge.fast.turn import Turn
from waypost.edge.redirector import Redirector
from waypost.http.asgi import Message, Receive, Scope, Send
from waypost.http.client_address import TrustedProxies
from waypost.http.connections.options import connection_options
from waypost.processes.running.listener import server_config

MAX_TURNS: Final = 10_000
QUIET_TURNS: Final = 8
"""After how many turns of the event loop without an event nothing more happens."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """A request as a server understood it."""

    method: bytes
    target: bytes
    body: int | None
    """Bytes of the body that were read; None if it was not read."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of a connection."""

    seen: list[Seen] = field(default_factory=list)
    written: bytes = b""
    is_over: bool = False
    """Whether no further request can be sent."""


class NotingRecorder:
    """A recorder that notes a click among the other requests."""

    def __init__(self, note: Callable[[Click], None]) -> None:
        self._note = note

    def record(self, click: Click, _lane: int) -> None:
        """Note a click."""
        self._note(click)

    def commit(self) -> None:
        """Nothing is kept."""


class Waypost:
    """An edge whose connections are in memory, with one cached link."""

    def __init__(self) -> None:
        self._edge = Edge()
        self._seen: list[Seen] = []
        self._moves = 0
        redirector = Redirector(
            near=self._edge.near,
            recorder=NotingRecorder(self._on_click),
            tally=self._edge.tally,
        )
        loop = asyncio.get_running_loop()
        options = EdgeOptions(
            redirector=redirector,
            turn=Turn(loop=loop, commit=redirector.commit),
            proxies=TrustedProxies([]),
            known=self._edge.known,
            domains=self._edge.domains,
            connection=connection_options(
                request_timeout_seconds=60, keep_alive_seconds=60
            ),
        )
        self._class = edge_protocol(options)
        self._config = server_config(self, stop_seconds=1, http=self._class)
        self._config.load()

    async def prepare(self) -> None:
        """Make the link, and follow it once."""
        await self._edge.add_link("abc1234")
        await self._edge.lookups.find("abc1234")

    async def exchange(self, chunks: list[bytes]) -> Outcome:
        """Send *chunks* one after another and return what became of them."""
        self._seen = []
        transport = MemoryTransport()
        protocol = self._class(self._config, ServerState(), {})
        transport.protocol = protocol
        protocol.connection_made(transport)
        for chunk in chunks:
            await self._until_it_reads(transport)
            if transport.is_closing():
                break
            protocol.data_received(chunk)
        await self._until_quiet(transport)
        outcome = Outcome(
            seen=self._seen,
            written=bytes(transport.written),
            is_over=transport.is_ended,
        )
        protocol.connection_lost(None)
        return outcome

    async def _until_it_reads(self, transport: MemoryTransport) -> None:
        for _ in range(MAX_TURNS):
            await asyncio.sleep(0)
            if transport.reads or transport.is_closing():
                return
        raise AssertionError("the connection is never read again")

    async def _until_quiet(self, transport: MemoryTransport) -> None:
        quiet = 0
        before = (-1, -1)
        while quiet < QUIET_TURNS:
            await asyncio.sleep(0)
            now = (len(transport.written), self._moves)
            quiet = quiet + 1 if now == before else 0
            before = now

    def _on_click(self, click: Click) -> None:
        self._moves += 1
        target = b"/" + click.code.encode() + (b"?" if click.query else b"")
        self._seen.append(Seen(method=b"GET", target=target + click.query, body=0))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what is not answered from the near cache."""
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        seen = Seen(method=scope["method"].encode(), target=target, body=None)
        self._seen.append(seen)
        if scope["path"].startswith("/late"):
            for _ in range(4):
                self._moves += 1
                await asyncio.sleep(0)
        if not scope["path"].startswith("/ignore"):
            await self._read(seen, receive)
        await _answer(target, send)

    async def _read(self, seen: Seen, receive: Receive) -> None:
        seen.body = 0
        while True:
            message: Message = await receive()
            self._moves += 1
            if message["type"] == "http.disconnect":
                return
            seen.body += len(message.get("body", b""))
            if not message.get("more_body"):
                return


async def _answer(target: bytes, send: Send) -> None:
    headers = [(b"content-length", b"0"), (b"x-target", target)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
