"""What all connections of a server have in common."""

import asyncio
from dataclasses import dataclass

from waypost.http.connections.backlog import Backlog
from waypost.http.connections.refusals import RefusalLog
from waypost.http.connections.starts import Starts


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """What every connection of a server needs."""

    backlog: Backlog
    starts: Starts
    refusals: RefusalLog
    request_timeout_seconds: float
    """How long a request's head may take to arrive."""
    keep_alive_seconds: float
    """How long a connection may be idle; it is closed at the latest after twice
    this time, because a timer for every request would cost more than it is worth."""
    errors_page: str = ""
    """Address of the page that explains refusals, if there is one."""


def connection_options(
    *, request_timeout_seconds: float, keep_alive_seconds: float, errors_page: str = ""
) -> ConnectionOptions:
    """Return the options of a server's connections; call it on its event loop."""
    loop = asyncio.get_running_loop()
    return ConnectionOptions(
        backlog=Backlog(loop=loop),
        starts=Starts(loop=loop),
        refusals=RefusalLog(loop=loop),
        request_timeout_seconds=request_timeout_seconds,
        keep_alive_seconds=keep_alive_seconds,
        errors_page=errors_page,
    )
