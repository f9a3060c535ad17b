"""What only shows with a real server between the client and the application."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn

from tests.integration.api.conftest import Api
from waypost.http.connections.connection import connection_class
from waypost.http.connections.options import connection_options
from waypost.processes.running.listener import server_config


@pytest.fixture
async def port(api: Api) -> AsyncIterator[int]:
    """The port of a server that serves the application."""
    options = connection_options(request_timeout_seconds=5, keep_alive_seconds=5)
    http = connection_class(options)
    config = server_config(api.create(), stop_seconds=1, http=http)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await serving


@pytest.fixture
async def client(port: int) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that server."""
    base_url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base_url) as client:
        yield client


async def test_head_keeps_the_connection(client: httpx.AsyncClient) -> None:
    """The server agrees that an answer to HEAD is complete without its body."""
    for _ in range(2):
        head = await client.head("/health")
        assert head.status_code == 200
        assert head.headers.get("Connection") != "close"

    assert (await client.get("/health")).json()["status"] == "healthy"


async def test_a_huge_upload_reads_its_refusal(client: httpx.AsyncClient) -> None:
    """A client that goes on sending still gets to know why it was refused."""

    async def upload() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    headers = {"Content-Type": "application/json"}
    answer = await client.post("/api/shorten", content=upload(), headers=headers)

    assert answer.status_code == 413
    assert answer.json()["code"] == "body-too-large"


async def test_a_stalled_body_loses_its_connection(port: int) -> None:
    """After the time-out the client gets 408, and then the end of the stream."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /api/shorten HTTP/1.1\r\nHost: go.example.com\r\n"
        b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n"
        b'{"url":'
    )

    answer = await reader.read()

    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"request-timeout"' in answer
