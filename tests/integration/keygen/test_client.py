"""The client of keygen services: every fault of theirs is `BackendUnavailable`."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from cluster.servers.ports import free_port

from tests.keygen import serving
from waypost.adapters.keygen_client import KeygenBlocks, open_client
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.config import Settings
from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.keygen.app import KeygenApp
from waypost.keygen.health import KeygenHealth
from waypost.telemetry.metrics import Metrics
from waypost.wiring.parts.ids import open_id_source


async def fine() -> None:
    """Answer."""


def app_over(blocks: MemoryBlocks) -> KeygenApp:
    """Return a keygen that leases from *blocks*."""
    return KeygenApp(
        blocks=blocks,
        health=KeygenHealth(database=fine, nodes=()),
        metrics=Metrics(),
        block_size=1000,
        request_timeout_seconds=60.0,
    )


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client with a short timeout."""
    async with open_client(timeout_seconds=2.0) as client:
        yield client


@pytest.mark.slow
async def test_a_lease(client: httpx.AsyncClient) -> None:
    """Blocks are those of the service; a slash behind the URL does no harm."""
    async with serving(app_over(MemoryBlocks())) as url:
        for address in (url, url + "/"):
            block = await KeygenBlocks(client, url=address).lease(10)
            assert len(block) == 10
    assert block == IdBlock(start=11, end=20)


async def test_no_listener(client: httpx.AsyncClient) -> None:
    """A refused connection is an absent service."""
    blocks = KeygenBlocks(client, url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(BackendUnavailable):
        await blocks.lease(10)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\xff\r\n\r\n",
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xff",
        b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{"start": 1, "end": 9}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{"start": 0, "end": 9}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"start": 1',
    ],
    ids=repr,
)
async def test_nonsense(client: httpx.AsyncClient, answer: bytes) -> None:
    """A wrong answer never becomes a block."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        blocks = KeygenBlocks(client, url=f"http://127.0.0.1:{port}")
        with pytest.raises(BackendUnavailable):
            await blocks.lease(10)


@pytest.mark.slow
async def test_a_service_that_hangs(client: httpx.AsyncClient) -> None:
    """A connection without an answer is given up."""
    release = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(BackendUnavailable):
            await KeygenBlocks(client, url=f"http://127.0.0.1:{port}").lease(10)
        release.set()


def settings_with(*urls: str) -> Settings:
    """Return settings that name these services."""
    return Settings(KEYGEN_SERVICE_URL=", ".join(urls))


@pytest.mark.slow
async def test_services_in_order_then_the_database() -> None:
    """The first service, the next one when it is gone, and the database in the end."""
    first, second, database = MemoryBlocks(), MemoryBlocks(), MemoryBlocks()
    await second.lease(100)
    await database.lease(200)
    starts = []
    async with serving(app_over(second)) as url:
        async with serving(app_over(first)) as first_url:
            settings = settings_with(first_url, url)
            source = open_id_source(settings, database=database, metrics=Metrics())
            leased = await source.__aenter__()
            starts.append((await leased.lease(10)).start)
        starts.append((await leased.lease(10)).start)
    starts.append((await leased.lease(10)).start)
    await source.__aexit__(None, None, None)
    assert starts == [1, 101, 201]


async def test_without_services_the_database_leases() -> None:
    """Without keygen in the settings, the database leases ids."""
    database = MemoryBlocks()
    async with open_id_source(
        settings_with(), database=database, metrics=Metrics()
    ) as blocks:
        assert blocks is database
