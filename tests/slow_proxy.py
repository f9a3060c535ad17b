"""A server behind a slow network: its answers come, but late."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from cluster.servers.ports import HOST


class SlowProxy:
    """Passes on at once what clients send, and late what the server answers."""

    def __init__(self, server_port: int) -> None:
        self.delay_seconds = 0.0
        """How long each answer of a connection is held back, one after the other."""
        self.port = 0
        """Where clients connect."""
        self._server_port = server_port
        self._clients: set[asyncio.Task[None]] = set()

    def connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve a client that has just connected."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)

    async def aclose(self) -> None:
        """Leave all clients alone."""
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _serve(self, client: StreamReader, to_client: StreamWriter) -> None:
        server, to_server = await asyncio.open_connection(HOST, self._server_port)
        ways = [
            asyncio.ensure_future(self._pass_on(client, to_server, is_late=False)),
            asyncio.ensure_future(self._pass_on(server, to_client, is_late=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for writer in (to_server, to_client):
                writer.transport.abort()

    async def _pass_on(
        self, reader: StreamReader, writer: StreamWriter, *, is_late: bool
    ) -> None:
        with suppress(OSError):
            while content := await reader.read(65_536):
                if is_late:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(content)
                await writer.drain()


@asynccontextmanager
async def slow_proxy(server_port: int) -> AsyncIterator[SlowProxy]:
    """Open a proxy for the loopback server on *server_port*, without delay at first."""
    proxy = SlowProxy(server_port)
    listener = await asyncio.start_server(proxy.connect, HOST, 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        await proxy.aclose()
