"""An edge whose connections and clock the test holds in its hands."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVarTuple, cast

from uvicorn.server import ServerState

from tests.integration.http.transport import MemoryTransport
from tests.unit.edge.parts import CapturingRecorder, Edge
from waypost.domain.clicks import Click
from waypost.edge.fast.protocol import EdgeOptions, EdgeProtocol, edge_protocol
from waypost.edge.fast.turn import Turn
from waypost.http.asgi import Message, Receive, Scope, Send
from waypost.http.client_address import TrustedProxies
from waypost.http.connections.backlog import Backlog, Waiting
from waypost.http.connections.options import connection_options
from waypost.processes.running.listener import server_config

Arguments = TypeVarTuple("Arguments")

KEEP_ALIVE_SECONDS = 30
REQUEST_SECONDS = 15
PLAIN = b"GET /abc1234 HTTP/1.1\r\nHost: x\r\n\r\n"


class Timers:
    """The running event loop, with timers that ring when the test says so."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._now = 0.0
        self._timers: list[tuple[float, asyncio.Handle]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._loop, name)

    def call_later(
        self, delay: float, callback: Callable[[*Arguments], object], *args: *Arguments
    ) -> asyncio.Handle:
        """Call *callback* once the test has let *delay* seconds pass."""
        handle = asyncio.Handle(callback, args, self._loop)
        self._timers.append((self._now + delay, handle))
        return handle

    def move(self, seconds: float) -> None:
        """Let *seconds* pass."""
        end = self._now + seconds
        while due := [timer for timer in self._timers if timer[0] <= end]:
            self._now, handle = timer = min(due, key=lambda timer: timer[0])
            self._timers.remove(timer)
            if not handle.cancelled():
                handle._run()
        self._now = end


class OrderedRecorder(CapturingRecorder):
    """Notes when clicks become durable, among the writes to the transport."""

    def __init__(self, events: list[str]) -> None:
        super().__init__()
        self._events = events

    def commit(self) -> None:
        """Commit what was recorded."""
        self._events.append("commit")
        super().commit()


class NotingTransport(MemoryTransport):
    """Notes when bytes leave."""

    def __init__(self, events: list[str], peer: str) -> None:
        super().__init__(peer=peer)
        self._events = events

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep *data*."""
        self._events.append("write")
        super().write(data)


class CountingBacklog(Backlog):
    """Counts how often connections join."""

    joined = 0

    def join(self, connection: Waiting) -> None:
        """Let *connection* go on when it is its turn."""
        self.joined += 1
        super().join(connection)


class Client:
    """One connection."""

    def __init__(self, protocol: EdgeProtocol, transport: NotingTransport) -> None:
        self.protocol = protocol
        self.transport = transport

    async def send(self, *pieces: bytes) -> bytes:
        """Send *pieces*, and return all that is answered until nothing moves."""
        for piece in pieces:
            self.protocol.data_received(piece)
        return await self.answered()

    async def answered(self) -> bytes:
        """Return what has been written since the last look."""
        for _ in range(20):
            await asyncio.sleep(0)
        assert not self.transport.mistakes
        written = bytes(self.transport.written)
        self.transport.written.clear()
        return written


class InMemoryEdge:
    """An edge with the cached link `abc1234`.

    Of the rest, `/slow/page` waits for `release`, `/half/page` does so in the middle of
    its answer, and `/body/page` reads until there is no more.
    """

    def __init__(
        self, *, trusted: tuple[str, ...] = (), country_header: str = ""
    ) -> None:
        proxies = TrustedProxies(trusted, country_header=country_header)
        self.events: list[str] = []
        self.timers = Timers()
        self.state = ServerState()
        self.release = asyncio.Event()
        self.scopes: list[Scope] = []
        self.received: list[str] = []
        self.edge = Edge(
            recorder=OrderedRecorder(self.events), rest=self._rest, proxies=proxies
        )
        redirector = self.edge.redirector
        self.backlog = CountingBacklog(loop=asyncio.get_running_loop())
        connection = connection_options(
            request_timeout_seconds=REQUEST_SECONDS,
            keep_alive_seconds=KEEP_ALIVE_SECONDS,
        )
        self._options = EdgeOptions(
            redirector=redirector,
            turn=Turn(loop=asyncio.get_running_loop(), commit=redirector.commit),
            proxies=proxies,
            known=self.edge.known,
            domains=self.edge.domains,
            connection=replace(connection, backlog=self.backlog),
        )

    @property
    def clicks(self) -> list[Click]:
        """Those that are durable."""
        return self.edge.recorder.committed

    async def prepare(self) -> None:
        """Cache the link."""
        await self.edge.add_link("abc1234")
        await self.edge.lookups.find("abc1234")

    async def turn(self) -> None:
        """Let the event loop turn once."""
        await asyncio.sleep(0)

    def connect(self, *, peer: str = "192.0.2.1") -> Client:
        """Open a connection from *peer*."""
        made = edge_protocol(self._options)
        config = server_config(self.edge.app, stop_seconds=1, http=made)
        config.load()
        # Its timers are the test's; everything else is the running loop's.
        loop = cast(asyncio.AbstractEventLoop, self.timers)
        protocol = made(config, self.state, {}, loop)
        transport = NotingTransport(self.events, peer)
        transport.protocol = protocol
        protocol.connection_made(transport)
        return Client(protocol, transport)

    async def _rest(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["path"] == "/slow/page":
            await self.release.wait()
        message: Message = {"type": "http.response.start", "status": 418}
        if scope["path"] == "/half/page":
            await send({**message, "headers": []})
            part = {"type": "http.response.body", "body": b"half", "more_body": True}
            await send(part)
            await self.release.wait()
        elif scope["path"] == "/body/page":
            while (await self._receive(receive)).get("more_body"):
                """Read on."""
        await send({**message, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def _receive(self, receive: Receive) -> Message:
        message = await receive()
        self.received.append(message["type"])
        return message
