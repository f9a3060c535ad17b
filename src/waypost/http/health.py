"""Answers to health checks: whether a process is healthy, and ready for traffic."""

from collections.abc import Mapping
from typing import Final

import msgspec

from waypost.http.answers import Answer, answer_with
from waypost.http.headers import JSON, RETRY_AFTER, Header
from waypost.telemetry.health import HealthState

_encode = msgspec.json.Encoder().encode


def health_answer(parts: Mapping[str, HealthState], *, is_well: bool) -> Answer:
    """Return the answer with the overall state and that of the *parts*."""
    body = {"status": HealthState.of(is_well=is_well), **parts}
    return _state(body, (RETRY_AFTER,))


def readiness_answer(
    checks: Mapping[str, HealthState],
    *,
    is_ready: bool,
    when_not: tuple[Header, ...] = (RETRY_AFTER,),
) -> Answer:
    """Return the answer whether the process is ready for traffic, and why.

    *checks* are what readiness depends on. A process that is not ready answers with
    503 and the headers *when_not*.
    """
    body: dict[str, object] = {"status": HealthState.of(is_well=is_ready)}
    if checks:
        body["checks"] = checks
    return _state(body, when_not)


def _state(body: Mapping[str, object], when_not: tuple[Header, ...]) -> Answer:
    if body["status"] is HealthState.HEALTHY:
        return answer_with(200, JSON, _encode(body))
    return answer_with(503, JSON, _encode(body), *when_not)


LIVE: Final = _state({"status": HealthState.HEALTHY}, ())
"""The answer of a process that is alive."""
