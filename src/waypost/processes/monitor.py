"""Health and metrics of processes that serve nobody else.

`/livez` answers as long as the process gets round to it, `/readyz` tells what is
missing, `/metrics` is for Prometheus. A raw ASGI application: a framework would weigh
more than the processes that it watches.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import msgspec
import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from waypost.processes.server import listen
from waypost.telemetry.metrics import Metrics

Check = Callable[[], Awaitable[object]]
"""Returns when something that the process needs answers, and raises when not."""

CHECK_SECONDS = 2.0
"""How long a check may take."""
STOP_SECONDS = 1
"""How long requests under way may take once the process stops."""

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"

_log = structlog.get_logger()


class _Answer(msgspec.Struct, frozen=True):
    status: int
    kind: str
    body: bytes


class MonitorApp:
    """The ASGI application."""

    def __init__(self, *, metrics: Metrics, checks: Mapping[str, Check]) -> None:
        self._metrics = metrics
        self._checks = checks

    async def __call__(
        self, scope: Scope, _receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
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
                return _Answer(200, _TEXT, b"alive\n")
            case "/readyz":
                return await self._readiness()
            case "/metrics":
                page = generate_latest(self._metrics.registry)
                return _Answer(200, CONTENT_TYPE_LATEST, page)
        return _Answer(404, _TEXT, b"There are /livez, /readyz and /metrics.\n")

    async def _readiness(self) -> _Answer:
        names = list(self._checks)
        found = await asyncio.gather(*map(self._look_at, names))
        ready = all(state == "ok" for state in found)
        body = {"ready": ready, "checks": dict(zip(names, found, strict=True))}
        return _Answer(200 if ready else 503, _JSON, msgspec.json.encode(body))

    async def _look_at(self, name: str) -> str:
        """Return "ok", or what is wrong, without the texts of drivers."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._checks[name]()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            kind = type(error.__cause__ or error).__name__
            _log.warning("monitor.unready", check=name, kind=kind)
            return f"no answer ({kind})"
        return "ok"


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
    config = uvicorn.Config(
        MonitorApp(metrics=metrics, checks=checks),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
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
