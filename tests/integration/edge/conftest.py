"""An edge that listens on a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn

from tests.unit.edge.parts import Edge
from waypost.edge.fast.protocol import EdgeOptions, edge_protocol
from waypost.edge.fast.turn import Turn
from waypost.http.client_address import TrustedProxies
from waypost.http.connections.options import connection_options
from waypost.http.problems import ERRORS_PAGE


class Connection:
    """A client that speaks bytes."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        """Send *data* as it is."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer: status, headers, body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = head.strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(status_line.split()[1]), headers, body

    async def piece(self) -> bytes:
        """Read what arrives at once."""
        return await self.reader.read(100_000)

    async def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Ask for *path* and read the answer."""
        await self.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return await self.answer()

    async def is_closed(self) -> bool:
        """Wait for the server to close the connection."""
        return await self.reader.read() == b""


class Server:
    """The edge's parts, and its address."""

    def __init__(self, edge: Edge, port: int, *, stop: Callable[[], None]) -> None:
        self.edge = edge
        self.port = port
        self.stop = stop

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """Open a connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Connection(reader, writer)
        finally:
            writer.close()

    async def refuses_connections(self) -> None:
        """Wait until no connection is accepted any more."""
        while True:
            try:
                async with self.connect():
                    await asyncio.sleep(0.01)
            except ConnectionRefusedError:
                return
            except ConnectionResetError:
                continue  # it waited to be let in when the listening socket closed


@asynccontextmanager
async def serving(
    *, request_timeout: float = 5, keep_alive: float = 5
) -> AsyncIterator[Server]:
    """Serve an edge with one link, `abc1234`, on a free port."""
    edge = Edge()
    await edge.add_link("abc1234")
    options = EdgeOptions(
        redirector=edge.redirector,
        turn=Turn(loop=asyncio.get_running_loop(), commit=edge.redirector.commit),
        proxies=TrustedProxies([]),
        known=edge.known,
        domains=edge.domains,
        connection=connection_options(
            request_timeout_seconds=request_timeout,
            keep_alive_seconds=keep_alive,
            errors_page=ERRORS_PAGE,
        ),
    )
    config = uvicorn.Config(
        edge.app,
        http=edge_protocol(options),
        ws="none",
        lifespan="off",
        log_config=None,
        server_header=False,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server._serve([listener]))

        def stop() -> None:
            server.should_exit = True

        yield Server(edge, listener.getsockname()[1], stop=stop)
        server.should_exit = True
        await task


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A served edge with generous limits."""
    async with serving() as server:
        yield server
