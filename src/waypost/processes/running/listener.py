"""Listening on a port, and serving until a signal comes.

A supervisor may hold the listening socket and hand it down (`LISTEN_FDS`, systemd's
protocol): then connections wait in it while the process is restarted, instead of
being refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn

from waypost.domain.errors import Unusable
from waypost.http.connections.connection import Connection
from waypost.processes.running.signals import ENDING

if TYPE_CHECKING:
    from waypost.http.asgi import Application

BACKLOG = 2048
"""Connections that the kernel accepts for us while we are busy."""


class CannotListenError(Unusable):
    """The port cannot be had; the text says why and what to do."""


LISTEN_FDS = "LISTEN_FDS"
"""Environment variable with the number of sockets that were handed down."""
FIRST_HANDED_DOWN = 3
"""File descriptor of the first of them."""


def listen(host: str, port: int, *, setting: str = "PORT") -> socket.socket:
    """Return a socket that listens on *host* and *port*, or the one handed down.

    *setting* is the name of the setting that *port* comes from, for the advice.

    Raises:
        CannotListenError: Another program has the port, or we have no right to it.
    """
    handed_down = _handed_down()
    if handed_down is not None:
        return handed_down
    try:
        family, address = _address(host, port)
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListenError(_advice(host, port, setting, error)) from error


def require_free(host: str, port: int) -> None:
    """Check that a server could listen on *host* and *port*, without listening there.

    It does not disturb a server that starts at this moment, nor is it disturbed.

    Raises:
        CannotListenError: As for `listen`.
    """
    try:
        family, address = _address(host, port)
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CannotListenError(_advice(host, port, "PORT", error)) from error


def _address(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    family, *_, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    return family, (str(address[0]), port)


def _handed_down() -> socket.socket | None:
    """Return the socket that a supervisor has handed down; None: there is none.

    See sd_listen_fds(3). `LISTEN_PID` is checked where it is set only, because not
    every supervisor knows the process's id before it starts it.
    """
    mine = os.environ.get("LISTEN_PID", str(os.getpid())) == str(os.getpid())
    if not mine or os.environ.get(LISTEN_FDS, "0") == "0":
        return None
    # Not for the processes that this one starts.
    os.environ.pop(LISTEN_FDS)
    os.set_inheritable(FIRST_HANDED_DOWN, False)  # noqa: FBT003  # its only way
    listener = socket.socket(fileno=FIRST_HANDED_DOWN)
    listener.settimeout(0)
    return listener


def _advice(host: str, port: int, setting: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is in use by another program. "
            f"Stop it, or set {setting} to a free one."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights. Set {setting} to a number above 1023."
    return f"HOST is wrong: cannot listen on {host}: {error.strerror}."


def server_config(
    app: Application, *, stop_seconds: int, http: type[Connection]
) -> uvicorn.Config:
    """Return how uvicorn serves *app* on connections of the class *http*.

    Requests in progress get *stop_seconds* once the server has to stop.
    """
    return uvicorn.Config(
        app,
        http=http,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=stop_seconds,
    )


class Server(uvicorn.Server):
    """uvicorn's server, stopped by signals without re-raising them.

    uvicorn raises a caught signal again once it has stopped, which would end the
    process before the journal and the database are closed.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        on_ready: Callable[[], None],
        on_stopping: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_stopping = on_stopping

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop in an orderly way at the first signal, at once at the second."""
        loop = asyncio.get_running_loop()
        for number in ENDING:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in ENDING:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and report that the server is ready."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Report that the server stops, while it still answers; then stop."""
        self._on_stopping()
        await super().shutdown(sockets)
