"""Keygen in this process, over a socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from waypost.http.connections.connection import connection_class
from waypost.http.connections.options import connection_options
from waypost.keygen.app import KeygenApp
from waypost.processes.running.listener import server_config


@asynccontextmanager
async def serving(app: KeygenApp) -> AsyncIterator[str]:
    """Serve *app*, and yield its URL."""
    options = connection_options(request_timeout_seconds=5, keep_alive_seconds=5)
    config = server_config(app, stop_seconds=1, http=connection_class(options))
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task
