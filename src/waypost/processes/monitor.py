"""Health and metrics of processes that serve nobody else.

`/livez` answers as long as the process gets round to it, `/readyz` tells what is
missing, `/metrics` is for Prometheus. A raw ASGI application: a framework would weigh
more than the processes that it watches.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import msgspec
import structlog
import uvicorn

from waypost.http.connections.connection import connection_class
from waypost.http.connections.options import connection_options
from waypost.processes.server import listen, server_config
from waypost.telemetry.health import Check, HealthState, Readiness, states_of
from waypost.telemetry.metrics import Metrics
from waypost.telemetry.rarely import Rarely
from waypost.telemetry.scrape import CONTENT_TYPE

if TYPE_CHECKING:
    from waypost.http.asgi import Receive, Scope, Send

STOP_SECONDS = 1
"""How long requests under way may take once the process stops."""
REQUEST_SECONDS = 15.0
"""How long a request may take to arrive."""
KEEP_ALIVE_SECONDS = 60.0
"""How long an idle connection is kept: longer than monitoring waits between visits."""

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"

_log = structlog.get_logger()


class _Answer(msgspec.Struct, frozen=True):
    status: int
    kind: str
    body: bytes


class MonitorApp:
    """The ASGI application: ready while *readiness* is and all *checks* succeed."""

    def __init__(
        self, *, metrics: Metrics, readiness: Readiness, checks: Mapping[str, Check]
    ) -> None:
        self._metrics = metrics
        self._readiness = readiness
        self._checks = checks
        self._rarely = Rarely()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        assert scope["type"] == "http", "uvicorn is told to speak nothing else"
        answer = await self._answer(scope["method"], scope["path"])
        headers = [
            (b"content-type", answer.kind.encode()),
            (b"content-length", str(len(answer.body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": headers,
                "trailers": False,
            }
        )
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _answer(self, method: str, path: str) -> _Answer:
        if method not in {"GET", "HEAD"}:
            return _Answer(405, _TEXT, b"Only GET and HEAD are answered here.\n")
        match path:
            case "/livez":
                return _state(is_well=True)
            case "/readyz":
                return await self._answer_ready()
            case "/metrics":
                return _Answer(200, CONTENT_TYPE, self._metrics.page.text())
        return _Answer(404, _TEXT, b"There are /livez, /readyz and /metrics.\n")

    async def _answer_ready(self) -> _Answer:
        """Tell whether the process is ready, and how everything is that it needs."""
        states = await states_of(self._checks, rarely=self._rarely)
        is_well = (
            self._readiness.is_ready and HealthState.UNHEALTHY not in states.values()
        )
        return _state(is_well=is_well, checks=states)


def _state(
    *, is_well: bool, checks: Mapping[str, HealthState] | None = None
) -> _Answer:
    body: dict[str, object] = {"status": HealthState.of(is_well=is_well)}
    if checks:
        body["checks"] = checks
    return _Answer(200 if is_well else 503, _JSON, msgspec.json.encode(body))


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield


@asynccontextmanager
async def monitoring(
    *, host: str, port: int, metrics: Metrics, checks: Mapping[str, Check]
) -> AsyncIterator[int]:
    """Serve health and metrics meanwhile; yields the port, which 0 lets be free.

    Raises:
        CannotListenError: The port cannot be had.
    """
    readiness = Readiness()
    readiness.begin()
    app = MonitorApp(metrics=metrics, readiness=readiness, checks=checks)
    options = connection_options(
        request_timeout_seconds=REQUEST_SECONDS, keep_alive_seconds=KEEP_ALIVE_SECONDS
    )
    config = server_config(
        app, stop_seconds=STOP_SECONDS, http=connection_class(options)
    )
    server = _Server(config)
    with listen(host, port, setting="METRICS_PORT") as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        number: int = listener.getsockname()[1]
        _log.info("monitor.ready", listening=f"{host}:{number}")
        try:
            yield number
        finally:
            server.should_exit = True
            await serving
