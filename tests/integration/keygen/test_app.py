"""Keygen over a socket: what it answers, also to nonsense."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from structlog.testing import capture_logs

from tests.keygen import serving
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.keygen.app import KeygenApp
from waypost.keygen.health import KeygenHealth
from waypost.telemetry.metrics import Metrics


async def fine() -> None:
    """Answer."""


async def away() -> None:
    """Do not answer."""
    raise BackendUnavailable


class NoBlocks:
    """A source that fails: *error* is raised."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def lease(self, size: int) -> IdBlock:
        """Fail."""
        raise self._error


Check = Callable[[], Awaitable[None]]


@asynccontextmanager
async def client_of(
    blocks: MemoryBlocks | NoBlocks | None = None,
    *,
    database: Check = fine,
    nodes: tuple[Check, ...] = (fine, fine),
) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a keygen."""
    app = KeygenApp(
        blocks=blocks or MemoryBlocks(),
        health=KeygenHealth(database=database, nodes=nodes),
        metrics=Metrics(),
        block_size=1000,
        request_timeout_seconds=2.0,
    )
    async with (
        serving(app) as url,
        # Without certificates, which take longer to load than a test takes.
        httpx.AsyncClient(base_url=url, verify=False) as client,
    ):
        yield client


async def test_blocks_follow_one_another() -> None:
    """The contract: inclusive bounds, nothing else."""
    async with client_of() as client:
        bodies = []
        for _ in range(2):
            answer = await client.post("/allocate", json={"size": 1000})
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/json"
            bodies.append(answer.json())
    assert bodies == [{"start": 1, "end": 1000}, {"start": 1001, "end": 2000}]


@pytest.mark.parametrize("body", [b"{}", b""])
async def test_usual_size(body: bytes) -> None:
    """A request without a number of ids gets a block of the configured size."""
    async with client_of() as client:
        answer = await client.post("/allocate", content=body)
        assert answer.json() == {"start": 1, "end": 1000}


@pytest.mark.parametrize("size", [1, 1_000_000])
async def test_sizes_at_the_border(size: int) -> None:
    """One id, or a million."""
    async with client_of() as client:
        answer = await client.post("/allocate", json={"size": size})
        assert answer.json() == {"start": 1, "end": size}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"size": 0}', 422, "invalid-request"),
        (b'{"size": -1}', 422, "invalid-request"),
        (b'{"size": 1000001}', 422, "invalid-request"),
        (b'{"size": 1' + b"0" * 5000 + b"}", 422, "invalid-request"),
        (b'{"size": 1.5}', 422, "invalid-request"),
        (b'{"size": true}', 422, "invalid-request"),
        (b'{"size": null}', 422, "invalid-request"),
        (b'{"size": "1000"}', 422, "invalid-request"),
        (b'{"range_size": 10}', 422, "invalid-request"),
        (b"[]", 422, "invalid-request"),
        (b"null", 422, "invalid-request"),
        (b'{"size": 1', 400, "malformed-json"),
        (b'{"size": NaN}', 400, "malformed-json"),
        (b"\xff", 400, "malformed-json"),
        (b'{"size":' + b"[" * 20_000, 422, "invalid-request"),
        (b"\0" * 1000, 400, "malformed-json"),
        (b"\0" * 10_000_000, 413, "body-too-large"),
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_nonsense_is_refused(body: bytes, status: int, code: str) -> None:
    """For any request, the answer says in JSON what is wrong, and no id is lost."""
    async with client_of() as client:
        answer = await client.post("/allocate", content=body)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["status"], problem["code"]) == (status, code)
        assert problem.keys() == {
            *("type", "title", "status", "detail", "code", "request_id")
        }
        assert problem["request_id"] == answer.headers["x-request-id"]
        after = await client.post("/allocate", json={"size": 1})
        assert after.json() == {"start": 1, "end": 1}


async def test_an_endless_upload_is_refused() -> None:
    """Without a length, too, nothing more than the limit is read."""

    async def upload() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"\0" * 65_536

    async with client_of() as client:
        answer = await client.post("/allocate", content=upload())
        assert answer.status_code == 413


@pytest.mark.slow
async def test_a_stalled_body_is_refused() -> None:
    """Who announces more than they send gets 408, and the end of the connection."""
    async with client_of() as client:
        port = client.base_url.port
        assert port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /allocate HTTP/1.1\r\nHost: keygen\r\nContent-Length: 50\r\n\r\n{"
        )
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"request-timeout"' in answer


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/allocate", 405, "POST"),
        ("PUT", "/allocate", 405, "POST"),
        ("POST", "/health", 405, "GET, HEAD"),
        ("GET", "/", 404, None),
        ("POST", "/allocate/", 404, None),
        ("GET", "/%00%ff", 404, None),
    ],
)
async def test_other_addresses(
    method: str, path: str, status: int, allowed: str | None
) -> None:
    """Addresses and methods that do not exist are refused like the API's."""
    async with client_of() as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.headers.get("allow")) == (status, allowed)
    assert answer.json()["status"] == status


async def test_no_ids_at_the_moment() -> None:
    """When no source can lease, the answer says when to try again."""
    async with client_of(NoBlocks(BackendUnavailable())) as client:
        answer = await client.post("/allocate", json={"size": 1})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["code"] == "backend-unavailable"


async def test_a_fault_of_ours() -> None:
    """An unexpected error is logged, and its answer has no details."""
    async with client_of(NoBlocks(RuntimeError("secret"))) as client:
        with capture_logs() as logs:
            answer = await client.post("/allocate", json={"size": 1})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert "secret" not in answer.text
    assert [line["event"] for line in logs] == ["keygen.failed", "keygen.request"]


@pytest.mark.parametrize(
    ("database", "nodes", "health", "ready"),
    [
        (fine, (fine, fine), ("healthy", "healthy"), 200),
        (fine, (away, fine), ("healthy", "healthy"), 200),
        (fine, (away, away), ("healthy", "unhealthy"), 200),
        (fine, (), ("healthy", "healthy"), 200),
        (away, (fine, away), ("unhealthy", "healthy"), 200),
        (away, (away, away), ("unhealthy", "unhealthy"), 503),
        (away, (), ("unhealthy", "healthy"), 503),
    ],
)
async def test_health(
    database: Check, nodes: tuple[Check, ...], health: tuple[str, str], ready: int
) -> None:
    """Health is that everything works; ready is a keygen that can still lease ids."""
    async with client_of(database=database, nodes=nodes) as client:
        answer = await client.get("/health")
        is_well = health == ("healthy", "healthy")
        assert answer.status_code == (200 if is_well else 503)
        assert answer.json() == {
            "status": "healthy" if is_well else "unhealthy",
            "database": health[0],
            "cache": health[1],
        }
        readiness = await client.get("/readyz")
        assert readiness.status_code == ready
        assert readiness.json() == {
            "status": "healthy" if ready == 200 else "unhealthy",
            "checks": {"database": health[0], "cache": health[1]},
        }
        alive = await client.get("/livez")
        assert (alive.status_code, alive.json()) == (200, {"status": "healthy"})


async def test_head() -> None:
    """HEAD is GET without its body, and the connection goes on."""
    async with client_of() as client:
        for _ in range(2):
            head = await client.head("/health")
            assert (head.status_code, head.content) == (200, b"")
        assert (await client.get("/health")).json()["status"] == "healthy"


async def test_metrics_and_log() -> None:
    """A request is counted once and logged in one line, by route."""
    async with client_of() as client:
        headers = {"X-Request-ID": "mine"}
        with capture_logs() as logs:
            await client.post("/allocate", json={"size": 1}, headers=headers)
            await client.get("/nowhere")
        page = (await client.get("/metrics")).text
    assert [(line["route"], line["status"]) for line in logs] == [
        ("/allocate", 200),
        ("unmatched", 404),
    ]
    sample = 'waypost_api_requests_total{method="POST",route="/allocate",status="200"}'
    assert f"{sample} 1.0" in page


async def test_bytes_that_are_no_request() -> None:
    """For any bytes on the socket, there is an answer or an end."""
    async with client_of() as client:
        port = client.base_url.port
        assert port is not None
        for garbage in (b"\0" * 1000 + b"\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\0"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(garbage)
            writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
            answer = await reader.read()
            assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
            writer.close()
            await writer.wait_closed()
        assert (await client.get("/livez")).status_code == 200
