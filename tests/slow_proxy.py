"""A server behind a slow network: its answers come, but late."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Coroutine
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
        self._forgotten = 0
        self._is_open = True
        self._clients: dict[asyncio.Task[None], StreamWriter] = {}

    def connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve a client that has just connected."""
        if not self._is_open:  # it was let in just before the listener closed
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._clients[task] = writer
        task.add_done_callback(self._clients.pop)

    def forget(self) -> None:
        """End each connection there is when its client next sends something.

        A firewall or a load balancer that was restarted does that.
        """
        self._forgotten += 1

    async def aclose(self) -> None:
        """Leave all clients alone."""
        self._is_open = False
        clients = self._clients.copy()
        for task in clients:
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        for writer in clients.values():
            # A task that was cancelled before its first step has closed nothing.
            writer.transport.abort()

    async def _serve(self, client: StreamReader, to_client: StreamWriter) -> None:
        try:
            server, to_server = await asyncio.open_connection(HOST, self._server_port)
            try:
                await _either(
                    self._pass_on(client, to_server, is_late=False),
                    self._pass_on(server, to_client, is_late=True),
                )
            finally:
                to_server.transport.abort()
        finally:
            to_client.transport.abort()

    async def _pass_on(
        self, reader: StreamReader, writer: StreamWriter, *, is_late: bool
    ) -> None:
        forgotten = self._forgotten
        with suppress(OSError):
            while content := await reader.read(65_536):
                if not is_late and self._forgotten > forgotten:
                    return
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


async def _either(*ways: Coroutine[None, None, None]) -> None:
    """Return once one of *ways* has ended, and have the others end too."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
