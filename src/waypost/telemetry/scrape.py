"""The metrics of a process as the text that Prometheus reads."""

import time
from collections.abc import Callable
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
FRESH_SECONDS: Final = 1.0
"""How long a text is used again. Making it takes milliseconds, in which no other
request is served, and any client may ask for it."""


class MetricsPage:
    """The text of *registry*, made at most once in `FRESH_SECONDS`."""

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._monotonic = monotonic
        self._text = b""
        self._fresh_until = float("-inf")

    def text(self) -> bytes:
        """Return every metric, as it was within the last second."""
        if self._monotonic() >= self._fresh_until:
            self._text = generate_latest(self._registry)
            self._fresh_until = self._monotonic() + FRESH_SECONDS
        return self._text
