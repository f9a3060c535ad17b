"""A real server with the application of a test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn

from tests.integration.api.conftest import AS_ADMIN, Api
from waypost.http.connections.connection import connection_class
from waypost.http.connections.options import connection_options
from waypost.processes.running.listener import server_config

LONG = 120.0


@asynccontextmanager
async def client_of(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Serve *api*; yield a client that sends the admin's token with each request."""
    api.readiness.begin()
    options = connection_options(request_timeout_seconds=5, keep_alive_seconds=5)
    config = server_config(api.create(), stop_seconds=1, http=connection_class(options))
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(
            base_url=url, headers=AS_ADMIN, timeout=LONG
        ) as client:
            yield client
        server.should_exit = True
        await serving
