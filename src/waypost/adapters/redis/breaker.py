"""The circuit breaker: a server that fails is not called, except for occasional probes.

    closed ──failures in a row──▶ open ──a while later──▶ one probe ──success──▶ closed
                                   ▲─────────── failure ──────┘

Why it is our own: `docs/adr/0014-redis.md`.
"""

import time
from collections.abc import Callable


class CircuitBreaker:
    """Decides whether to call, from the results that are reported. For one event loop.

    A probe that is begun must be ended by `succeeded`, `failed` or `abandoned`.
    """

    def __init__(
        self,
        *,
        failures: int,
        open_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        assert failures > 0, "a breaker that is never closed lets no call through"
        self._allowed = failures
        self._open_seconds = open_seconds
        self._monotonic = monotonic
        self._failures = 0
        self._closed_from = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether the server counts as unavailable."""
        return self._failures >= self._allowed

    def begin(self) -> bool:
        """Return whether to call now. While open, one caller at a time gets True."""
        if not self.is_open:
            return True
        if self._probing or self._monotonic() < self._closed_from:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """Report a success: the server is available."""
        self._failures = 0
        self._probing = False

    def failed(self) -> None:
        """Report a failure; enough of them in a row, or a failed probe, open it."""
        self._failures += 1
        self._probing = False
        if self.is_open:
            self._closed_from = self._monotonic() + self._open_seconds

    def abandoned(self) -> None:
        """Report that the caller gave up, which says nothing about the server."""
        self._probing = False
