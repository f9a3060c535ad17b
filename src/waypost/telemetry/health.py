"""Whether a process and what it needs are healthy, and whether it is ready.

`/livez` and `/readyz` of every process answer `{"status": …}`, a `HealthState`. Where
readiness depends on others, `checks` has one for each of them, by name.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

import structlog

from waypost.domain.errors import BackendUnavailable
from waypost.telemetry.log_throttle import LogThrottle

Check: TypeAlias = Callable[[], Awaitable[object]]
"""Returns normally if its subject answers, and raises `BackendUnavailable` if not."""

CHECK_SECONDS: Final = 2.0
"""How long a check may take."""


class HealthState(StrEnum):
    """Whether a part works."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"

    @classmethod
    def of(cls, *, is_well: bool) -> "HealthState":
        """Return the state for *is_well*."""
        return cls.HEALTHY if is_well else cls.UNHEALTHY


async def states_of(
    checks: Mapping[str, Check], *, throttle: LogThrottle
) -> dict[str, HealthState]:
    """Make all *checks* at the same time; log why a part is not healthy.

    Not each time, because any client may ask: *throttle* remembers what was logged.
    """
    states = await asyncio.gather(
        *(_state_of(*check, throttle=throttle) for check in checks.items())
    )
    return dict(zip(checks, states, strict=True))


async def _state_of(part: str, check: Check, *, throttle: LogThrottle) -> HealthState:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except (BackendUnavailable, TimeoutError) as error:
        # Not its text, which may name an address.
        kind = type(error.__cause__ or error).__name__
        if throttle.allows(f"{part} {kind}"):
            structlog.get_logger().warning("health.no_answer", part=part, kind=kind)
        return HealthState.UNHEALTHY
    return HealthState.HEALTHY


class Readiness:
    """Not ready until the program that runs the process says so."""

    def __init__(self) -> None:
        self._is_ready = False

    @property
    def is_ready(self) -> bool:
        """Whether the process is ready for traffic."""
        return self._is_ready

    def begin(self) -> None:
        """Become ready: everything is open."""
        self._is_ready = True

    def end(self) -> None:
        """Stop being ready: the process is about to stop."""
        self._is_ready = False
