"""Health and metrics of processes that serve nobody else, over a real socket."""

import asyncio
import socket

import httpx
import pytest

from waypost.domain.errors import BackendUnavailable
from waypost.processes.monitor import monitoring
from waypost.processes.server import CannotListenError
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
            {"ready": True, "checks": {"database": "ok"}},
        )
        assert (await _get(port, "/livez")).status_code == 200
        page = (await _get(port, "/metrics")).text
        assert "waypost_ingest_failures_total 3.0" in page


async def test_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not answer is told by name and kind, and a hanging one is given up."""
    monkeypatch.setattr("waypost.processes.monitor.CHECK_SECONDS", 0.05)
    checks = {"database": _fine, "kafka": _away, "redis": _hangs}
    async with monitoring(host=HOST, port=0, metrics=Metrics(), checks=checks) as port:
        ready = await _get(port, "/readyz")
        assert ready.status_code == 503
        found = ready.json()["checks"]
        assert found["database"] == "ok"
        assert found["kafka"] == "no answer (ConnectionRefusedError)"
        assert found["redis"].startswith("no answer")
        assert "secret" not in ready.text
        assert (await _get(port, "/livez")).status_code == 200


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
