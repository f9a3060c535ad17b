"""Health and metrics as an ASGI application, for processes that serve nothing else.

`/livez` answers as long as the process's event loop runs, `/readyz` names what is
missing, `/metrics` is for Prometheus. A framework would need more memory than the
processes that it watches.
"""

from collections.abc import Mapping
from typing import Final

from waypost.http.answers import Answer, Refused, answer_with, send_answer
from waypost.http.asgi import Receive, Scope, Send
from waypost.http.headers import TEXT
from waypost.http.health import LIVE, readiness_answer
from waypost.http.internal import PRIVATE_ONLY, InternalAccess
from waypost.http.problems import problem_answer
from waypost.telemetry.health import Check, HealthState, Readiness, states_of
from waypost.telemetry.log_throttle import LogThrottle
from waypost.telemetry.metrics import Metrics
from waypost.telemetry.scrape import CONTENT_TYPE

PATHS: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""All that is answered here."""


class MonitorApp:
    """The ASGI application: ready while *readiness* is and all *checks* succeed."""

    def __init__(
        self,
        *,
        metrics: Metrics,
        readiness: Readiness,
        checks: Mapping[str, Check],
        internal: InternalAccess = PRIVATE_ONLY,
    ) -> None:
        self._metrics = metrics
        self._readiness = readiness
        self._checks = checks
        self._internal = internal
        self._throttle = LogThrottle()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        assert scope["type"] == "http", "uvicorn is configured for HTTP only"
        try:
            answer = await self._answer(scope)
        except Refused as refused:
            answer = problem_answer(refused, page="")
        await send_answer(send, answer, is_head=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope) -> Answer:
        if scope["method"] not in {"GET", "HEAD"}:
            return answer_with(405, TEXT, b"Only GET and HEAD are answered here.\n")
        match scope["path"]:
            case "/livez":
                return LIVE
            case "/readyz":
                return await self._answer_ready()
            case "/metrics":
                self._internal.check(scope)
                return answer_with(200, CONTENT_TYPE, self._metrics.page.text())
        return answer_with(404, TEXT, b"There are /livez, /readyz and /metrics.\n")

    async def _answer_ready(self) -> Answer:
        """Return whether the process is ready, and the state of all that it needs."""
        states = await states_of(self._checks, throttle=self._throttle)
        is_ready = (
            self._readiness.is_ready and HealthState.UNHEALTHY not in states.values()
        )
        return readiness_answer(states, is_ready=is_ready, when_not=())
