"""Health, metrics, HEAD, and the headers that every answer has."""

import httpx
import pytest

from tests.integration.api.conftest import BASE_URL, Api
from tests.integration.api.stores import (
    CacheThatIsAway,
    StoreThatHangs,
    StoreThatIsAway,
)
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.errors import BackendUnavailable
from waypost.ports.storage import Storage
from waypost.telemetry.metrics import metric_names


async def test_a_healthy_server_says_so(client: httpx.AsyncClient) -> None:
    """Every part is healthy, and so is the whole."""
    answer = await client.get("/health")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "database": "healthy",
        "journal": "healthy",
        "readers": "healthy",
        "blocklists": "healthy",
        "audit": "healthy",
        "cache": "healthy",
    }


@pytest.mark.parametrize(
    "storage",
    [StoreThatIsAway(), pytest.param(StoreThatHangs(), marks=pytest.mark.slow)],
    ids=["away", "hangs"],
)
async def test_an_unhealthy_database_is_reported(storage: Storage) -> None:
    """A store that refuses or hangs makes 503, within a bounded time."""
    transport = httpx.ASGITransport(Api(storage=storage).create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        answer = await client.get("/health")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unhealthy",
        "database": "unhealthy",
        "journal": "healthy",
        "readers": "healthy",
        "blocklists": "healthy",
        "audit": "healthy",
        "cache": "healthy",
    }


async def test_a_reader_that_stands_still_is_named() -> None:
    """Clicks are kept for it, so the whole stays healthy."""
    app = Api(readers=StoreThatIsAway().ping).create()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        answer = await client.get("/health")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "database": "healthy",
        "journal": "healthy",
        "readers": "unhealthy",
        "blocklists": "healthy",
        "audit": "healthy",
        "cache": "healthy",
    }


async def test_a_cache_that_is_away_is_reported() -> None:
    """Without the shared cache everything goes on, and the whole is healthy."""
    app = Api(shared=CacheThatIsAway()).create()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        answer = await client.get("/health")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "database": "healthy",
        "journal": "healthy",
        "readers": "healthy",
        "blocklists": "healthy",
        "audit": "healthy",
        "cache": "unhealthy",
    }


@pytest.mark.parametrize("storage", [MemoryStorage(), StoreThatIsAway()])
async def test_readiness_is_the_processs_own(storage: Storage) -> None:
    """Not before it has started nor after it has to stop, in any outage."""
    api = Api(storage=storage, shared=CacheThatIsAway())
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        starting = await client.get("/readyz")
        api.readiness.begin()
        ready = await client.get("/readyz")
        api.readiness.end()
        stopping = await client.get("/readyz")
        alive = await client.get("/livez")

    assert (starting.status_code, starting.json()) == (
        503,
        {"status": "unhealthy", "checks": {"journal": "healthy"}},
    )
    assert int(starting.headers["Retry-After"]) > 0
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "healthy", "checks": {"journal": "healthy"}},
    )
    assert stopping.status_code == 503
    assert (alive.status_code, alive.json()) == (200, {"status": "healthy"})


async def test_a_journal_that_loses_clicks_is_reported() -> None:
    """While clicks are not kept, the whole is unhealthy and the process not ready."""
    api = Api(journal=StoreThatIsAway().ping)
    api.readiness.begin()
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        health = await client.get("/health")
        ready = await client.get("/readyz")

    assert (health.status_code, health.json()) == (
        503,
        {
            "status": "unhealthy",
            "database": "healthy",
            "journal": "unhealthy",
            "readers": "healthy",
            "blocklists": "healthy",
            "audit": "healthy",
            "cache": "healthy",
        },
    )
    assert (ready.status_code, ready.json()) == (
        503,
        {"status": "unhealthy", "checks": {"journal": "unhealthy"}},
    )


async def test_metrics_are_reported(api: Api, client: httpx.AsyncClient) -> None:
    """`/metrics` has every metric of the product, in Prometheus' text format."""
    answer = await client.get("/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    for name in metric_names(api.metrics):
        assert f"# HELP {name} " in answer.text


async def test_requests_are_counted_by_route(
    api: Api, client: httpx.AsyncClient
) -> None:
    """Labels are route templates, so that paths cannot multiply them."""
    await client.get("/api/stats/one")
    await client.get("/api/stats/two")
    await client.request("BREW", "/any.thing")

    def counted(method: str, route: str) -> float | None:
        labels = {"method": method, "route": route, "status": "404"}
        name = "waypost_api_requests_total"
        return api.metrics.registry.get_sample_value(name, labels)

    assert counted("GET", "/api/stats/{code}") == 2
    assert counted("OTHER", "unmatched") == 1


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/openapi.json", "/health", "/livez", "/metrics"]
)
async def test_head_is_get_without_a_body(client: httpx.AsyncClient, path: str) -> None:
    """HEAD has the status and headers of GET."""
    get = await client.get(path)
    head = await client.head(path)

    assert head.status_code == get.status_code == 200
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert int(head.headers["Content-Length"]) > 0
    assert head.content == b""


@pytest.mark.parametrize("path", ["/", "/health", "/api/stats/unknown", "/no.where"])
async def test_no_answer_is_sniffed_or_cached(
    client: httpx.AsyncClient, path: str
) -> None:
    """Browsers take the media type as it is, and keep no counts."""
    answer = await client.get(path)

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_trail_without_its_files_is_named(api: Api) -> None:
    """Changes go on and are in the database: the server is healthy, its files not."""

    async def lack() -> None:
        raise BackendUnavailable

    api.audit_files = lack
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as other:
        health = await other.get("/health")
    assert (health.status_code, health.json()["audit"]) == (200, "unhealthy")
