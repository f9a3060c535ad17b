"""Health and metrics of processes without another port, over a real socket."""

import asyncio
import socket

import httpx
import pytest
from structlog.testing import capture_logs

from waypost.domain.errors import BackendUnavailable
from waypost.http.monitor import MonitorApp
from waypost.processes.running.listener import CannotListenError
from waypost.processes.running.monitoring import monitoring
from waypost.telemetry.health import Readiness
from waypost.telemetry.metrics import Metrics

HOST = "127.0.0.1"


async def _fine() -> None:
    """Answer."""


async def _away() -> None:
    raise BackendUnavailable from ConnectionRefusedError("secret")


async def _hangs() -> None:
    await asyncio.Event().wait()


async def _get(port: int, path: str, method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}") as client:
        return await client.request(method, path)


async def test_ready() -> None:
    """Everything answers: ready, alive, and the metrics are there."""
    metrics = Metrics()
    metrics.ingest_failures.inc(3)
    async with monitoring(
        host=HOST, port=0, metrics=metrics, checks={"database": _fine}
    ) as port:
        ready = await _get(port, "/readyz")
        assert (ready.status_code, ready.json()) == (
            200,
            {"status": "healthy", "checks": {"database": "healthy"}},
        )
        alive = await _get(port, "/livez")
        assert (alive.status_code, alive.json()) == (200, {"status": "healthy"})
        page = (await _get(port, "/metrics")).text
        assert "waypost_ingest_failures_total 3.0" in page


async def test_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that does not answer is named, in the log with its kind, and in time."""
    monkeypatch.setattr("waypost.telemetry.health.CHECK_SECONDS", 0.05)
    checks = {"database": _fine, "kafka": _away, "redis": _hangs}
    async with monitoring(host=HOST, port=0, metrics=Metrics(), checks=checks) as port:
        with capture_logs() as lines:
            ready = await _get(port, "/readyz")
        assert (ready.status_code, ready.json()) == (
            503,
            {
                "status": "unhealthy",
                "checks": {
                    "database": "healthy",
                    "kafka": "unhealthy",
                    "redis": "unhealthy",
                },
            },
        )
        logged = {line["part"]: line["kind"] for line in lines}
        assert logged["kafka"] == "ConnectionRefusedError"
        assert logged.keys() == {"kafka", "redis"}
        assert "secret" not in str(lines)
        assert (await _get(port, "/livez")).status_code == 200


async def test_a_process_without_checks() -> None:
    """It is ready from when it says so until it stops, in any outage."""
    readiness = Readiness()
    app = MonitorApp(metrics=Metrics(), readiness=readiness, checks={})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://edge"
    ) as client:
        starting = await client.get("/readyz")
        readiness.begin()
        ready = await client.get("/readyz")
    assert (starting.status_code, starting.json()) == (503, {"status": "unhealthy"})
    assert (ready.status_code, ready.json()) == (200, {"status": "healthy"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("POST", "/livez", 405), ("HEAD", "/livez", 200)],
)
async def test_other_requests(method: str, path: str, status: int) -> None:
    """Nothing else is there, and nothing is changed from here."""
    async with monitoring(host=HOST, port=0, metrics=Metrics(), checks={}) as port:
        assert (await _get(port, path, method)).status_code == status


async def test_port_in_use() -> None:
    """The advice names the setting that must change."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListenError, match="METRICS_PORT"):
            async with monitoring(host=HOST, port=port, metrics=Metrics(), checks={}):
                pass
