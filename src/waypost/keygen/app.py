"""Keygen as a raw ASGI application: blocks of ids that are never leased twice.

::

    POST /allocate {"size": 1000} ─▶ the first source that can ─▶ {"start": 1, "end": …}
                                       └─ none can ─▶ 503, Retry-After

A framework would need more memory than the five routes.
"""

from time import perf_counter
from typing import Final

import structlog

from waypost.domain.errors import BackendUnavailable
from waypost.http.answers import Answer, Refused, answer_with, send_answer
from waypost.http.asgi import Receive, Scope, Send
from waypost.http.headers import JSON, NO_SNIFFING, RETRY_AFTER
from waypost.http.health import LIVE
from waypost.http.internal import PRIVATE_ONLY, InternalAccess
from waypost.http.problems import problem_answer
from waypost.http.statuses import (
    ERRORS,
    INTERNAL_ERROR,
    METHOD_NOT_ALLOWED,
    NO_SUCH_PAGE,
)
from waypost.keygen.health import KeygenHealth
from waypost.keygen.requests import requested_size
from waypost.ports.blocks import BlockSource
from waypost.telemetry.log_throttle import LogThrottle
from waypost.telemetry.metrics import Metrics
from waypost.telemetry.request_ids import request_id_from, trace_id_from
from waypost.telemetry.scrape import CONTENT_TYPE
from waypost.wire.id_lease import encode_lease

_READ: Final = "GET, HEAD"
_METHODS: Final = {
    "/allocate": "POST",
    "/health": _READ,
    "/livez": _READ,
    "/readyz": _READ,
    "/metrics": _READ,
}
_ADDRESSES: Final = (
    "There are POST /allocate, and GET /health, /livez, /readyz and /metrics."
)
_UNAVAILABLE: Final = ERRORS[BackendUnavailable.code]

_log = structlog.get_logger()


class KeygenApp:
    """Leases from *blocks*, and says what its *health* is.

    A block has *block_size* ids unless a client names a number, and the client may take
    *request_timeout_seconds* to send that.
    """

    def __init__(  # noqa: PLR0913  # the parts of a keygen
        self,
        *,
        blocks: BlockSource,
        health: KeygenHealth,
        metrics: Metrics,
        block_size: int,
        request_timeout_seconds: float,
        internal: InternalAccess = PRIVATE_ONLY,
    ) -> None:
        self._blocks = blocks
        self._health = health
        self._metrics = metrics
        self._block_size = block_size
        self._request_timeout_seconds = request_timeout_seconds
        self._internal = internal
        self._throttle = LogThrottle()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors are answered and logged as well."""
        assert scope["type"] == "http", "uvicorn is configured for HTTP only"
        begin = perf_counter()
        headers = dict(scope["headers"])
        request_id = request_id_from(headers.get(b"x-request-id"))
        bound = {"request_id": request_id}
        if trace_id := trace_id_from(headers.get(b"traceparent")):
            bound["trace_id"] = trace_id
        with structlog.contextvars.bound_contextvars(**bound):
            answer = await self._answer(scope, receive, request_id)
            always = (NO_SNIFFING, (b"x-request-id", request_id.encode()))
            answer = answer._replace(headers=[*answer.headers, *always])
            await send_answer(send, answer, is_head=scope["method"] == "HEAD")
            self._log_request(scope, answer, perf_counter() - begin)

    async def _answer(self, scope: Scope, receive: Receive, request_id: str) -> Answer:
        try:
            return await self._served(scope, receive)
        except Refused as refused:
            return _refusal(refused, request_id)
        except BackendUnavailable as error:
            away = Refused(_UNAVAILABLE, str(error), headers=(RETRY_AFTER,))
            return _refusal(away, request_id)
        except Exception as error:  # noqa: BLE001  # every client gets an answer
            if self._throttle.allows(type(error).__name__):
                _log.exception("keygen.failed")
            return _refusal(Refused(INTERNAL_ERROR), request_id)

    async def _served(self, scope: Scope, receive: Receive) -> Answer:
        path = scope["path"]
        allowed = _METHODS.get(path)
        if allowed is None:
            raise Refused(NO_SUCH_PAGE, _ADDRESSES)
        if scope["method"] not in allowed.split(", "):
            raise Refused(
                METHOD_NOT_ALLOWED,
                f"This address takes {allowed}.",
                headers=((b"allow", allowed.encode()),),
            )
        match path:
            case "/allocate":
                self._internal.check(scope)
                return await self._allocate(scope, receive)
            case "/health":
                return await self._health.health()
            case "/readyz":
                return await self._health.readiness()
            case "/metrics":
                self._internal.check(scope)
                return answer_with(200, CONTENT_TYPE, self._metrics.page.text())
        return LIVE

    async def _allocate(self, scope: Scope, receive: Receive) -> Answer:
        size = await requested_size(
            scope,
            receive,
            default=self._block_size,
            timeout_seconds=self._request_timeout_seconds,
        )
        block = await self._blocks.lease(size)
        return answer_with(200, JSON, encode_lease(block))

    def _log_request(self, scope: Scope, answer: Answer, seconds: float) -> None:
        # Closed sets only, because they become labels of metrics.
        route = scope["path"] if scope["path"] in _METHODS else "unmatched"
        known = scope["method"] in {"GET", "HEAD", "POST"}
        method = scope["method"] if known else "OTHER"
        status = str(answer.status)
        self._metrics.api_requests.labels(method, route, status).inc()
        self._metrics.api_seconds.labels(route).observe(seconds)
        if answer.status >= 500 and self._throttle.allows(f"{route} {status}"):
            write = _log.warning
        else:
            write = _log.info if route == "/allocate" else _log.debug
        write(
            "keygen.request",
            method=method,
            route=route,
            status=answer.status,
            duration_ms=round(seconds * 1000, 2),
        )


def _refusal(refused: Refused, request_id: str) -> Answer:
    # Keygen has no pages that could explain more than the code does.
    return problem_answer(refused, page="", request_id=request_id)
