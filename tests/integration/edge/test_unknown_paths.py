"""A lone edge answers paths that it does not have as a whole server does."""

import httpx
import pytest

from waypost.edge.pages.unknown_paths import UnknownPaths
from waypost.http.monitor import PATHS, MonitorApp
from waypost.telemetry.health import Readiness
from waypost.telemetry.metrics import Metrics


async def ask(method: str, path: str, accept: str) -> httpx.Response:
    """Return the answer of such an edge, which is ready."""
    readiness = Readiness()
    readiness.begin()
    monitor = MonitorApp(metrics=Metrics(), readiness=readiness, checks={})
    transport = httpx.ASGITransport(UnknownPaths(PATHS, monitor))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost"
    ) as client:
        return await client.request(method, path, headers={"Accept": accept})


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_programs(method: str) -> None:
    """Programs get a problem document with the code of a whole server."""
    answer = await ask(method, "/code/more", "*/*")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Vary"] == "accept"
    assert answer.json()["code"] == "not-found"


async def test_people() -> None:
    """People get a page that speaks of the address and not of the server's parts."""
    answer = await ask("GET", "/code/more", "text/html")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    assert "/metrics" not in answer.text
    assert (await ask("HEAD", "/code/more", "text/html")).content == b""


@pytest.mark.parametrize("path", sorted(PATHS))
async def test_monitor(path: str) -> None:
    """Health and metrics are answered as before."""
    assert (await ask("GET", path, "text/html")).status_code == 200
