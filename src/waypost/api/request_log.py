"""One canonical log line, one count and one id for every API request."""

from time import perf_counter
from typing import Final

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from waypost.api.access.limiting import limit_headers
from waypost.api.problems import REFUSAL_KEY, problem
from waypost.http.pages import wants_page
from waypost.http.statuses import INTERNAL_ERROR
from waypost.telemetry.log_throttle import LogThrottle
from waypost.telemetry.metrics import Metrics
from waypost.telemetry.request_ids import REQUEST_ID_KEY, request_id_from, trace_id_from
from waypost.web.rendering import loaded

# Closed sets, because they become labels of metrics.
_METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
)
_OTHER_METHOD: Final = "OTHER"
_NO_ROUTE: Final = "unmatched"

# Asked every few seconds by machines.
_QUIET_ROUTES: Final = frozenset({"/health", "/livez", "/readyz", "/metrics"})

_EVENTS: Final = b"text/event-stream"
_ALWAYS: Final = {
    b"x-content-type-options": b"nosniff",
    b"cache-control": b"no-store",
}


class RequestLog:
    """The outermost of our ASGI middleware: it logs and answers every request."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._throttle = LogThrottle()
        # Looked up once, because the look-up takes longer than the operation.
        self._log = structlog.get_logger().bind()
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._histograms: dict[str, Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        traceparent = headers.get(b"traceparent", b"")
        trace_id = trace_id_from(traceparent)
        request_id = request_id_from(headers.get(b"x-request-id"))
        # A copy, because our changes must not reach the server:
        # uvicorn reads the method again when it sends the answer to HEAD.
        scope = {**scope, REQUEST_ID_KEY: request_id}
        answer = _Answer(scope, send, {b"x-request-id": request_id.encode()})
        bound = {"request_id": request_id}
        if trace_id is not None:
            answer.headers[b"traceparent"] = traceparent
            bound["trace_id"] = trace_id
        if wants_page(headers.get(b"accept", b"")):
            await loaded()
        tokens = structlog.contextvars.bind_contextvars(**bound)
        try:
            await self._serve(scope, receive, answer)
        finally:
            structlog.contextvars.reset_contextvars(**tokens)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        start = perf_counter()
        method = scope["method"] if scope["method"] in _METHODS else _OTHER_METHOD
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:
            if self._throttle.allows(type(error).__name__):
                self._log.exception("http.failed")
            if answer.status is not None:
                raise
            response = problem(INTERNAL_ERROR, scope=scope)
            await response(scope, receive, answer.send)
        finally:
            seconds = perf_counter() - start
            self._log_request(scope, method, answer, seconds)

    def _log_request(
        self, scope: Scope, method: str, answer: "_Answer", seconds: float
    ) -> None:
        status = answer.status or 0
        route = getattr(scope.get("route"), "path", _NO_ROUTE)
        self._count(method, route, status)
        # How long events are watched is the client's choice.
        if not answer.is_events:
            self._observe(route, seconds)
        # Any client can cause errors again and again.
        if status >= 500 and self._throttle.allows(f"{route} {status}"):
            write = self._log.warning
        else:
            write = self._log.debug if route in _QUIET_ROUTES else self._log.info
        refusal = {"refusal": scope[REFUSAL_KEY]} if REFUSAL_KEY in scope else {}
        write(
            "http.request",
            method=method,
            route=route,
            status=status,
            **refusal,
            duration_ms=round(seconds * 1000, 2),
            bytes=answer.size,
        )

    def _count(self, method: str, route: str, status: int) -> None:
        counter = self._counters.get((method, route, status))
        if counter is None:
            counter = self._metrics.api_requests.labels(method, route, str(status))
            self._counters[method, route, status] = counter
        counter.inc()

    def _observe(self, route: str, seconds: float) -> None:
        histogram = self._histograms.get(route)
        if histogram is None:
            histogram = self._metrics.api_seconds.labels(route)
            self._histograms[route] = histogram
        histogram.observe(seconds)


class _Answer:
    """Passes an answer on, with the headers that every answer has, and measures it.

    What an answer says itself stays: some may be cached.
    """

    def __init__(self, scope: Scope, send: Send, headers: dict[bytes, bytes]) -> None:
        self._scope = scope
        self._send = send
        self.headers = headers | _ALWAYS
        self.status: int | None = None
        self.size = 0
        self.is_events = False
        """Whether it is a stream of server-sent events."""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            self.is_events = any(
                name == b"content-type" and value.startswith(_EVENTS)
                for name, value in message["headers"]
            )
            own = message["headers"]
            names = {name for name, _ in own}
            more = [one for one in self.headers.items() if one[0] not in names]
            message["headers"] = [*own, *more, *limit_headers(self._scope)]
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)
