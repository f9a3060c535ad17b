"""Listening on a port, and serving until a signal comes."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn

BACKLOG = 2048
"""Connections that the kernel holds for us while we are busy."""


class CannotListenError(Exception):
    """The port cannot be had; the text says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on *host* and *port*.

    Raises:
        CannotListenError: Somebody else has the port, or we may not have it.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListenError(_advice(host, port, error)) from error


def _advice(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use by another program. "
            "Stop it, or set PORT to a free one."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights. Set PORT to a number above 1023."
    return f"HOST is wrong: cannot listen on {host}: {error.strerror}."


class Server(uvicorn.Server):
    """uvicorn's server, stopped by signals without re-raising them.

    uvicorn raises a caught signal again once it has stopped, which would end the
    process before the journal and the database are closed.
    """

    def __init__(self, config: uvicorn.Config, *, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop in an orderly way at the first signal, at once at the second."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell that the server is ready."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()
