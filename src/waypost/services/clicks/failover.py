"""The route of clicks to the bus: the primary, or a fallback while that fails.

    publish ─▶ primary ──failed──▶ fallback ──failed──▶ the journal keeps them
                  ▲                   │
                  └─ tried again now and then, with a whole batch

A batch that the primary failed to confirm takes the fallback as a whole. Some of its
clicks may arrive twice then; their identity lets them count once.
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

import structlog

from waypost.domain.clicks import JournaledClick
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import ClickPublisher

RETRY_SECONDS = 3.0
"""How long clicks take the fallback before the primary is tried again."""

_log = structlog.get_logger()


class Route(NamedTuple):
    """A way to the bus."""

    name: str
    """As it appears in metrics and logs."""
    publisher: ClickPublisher


class Failover:
    """One primary route, and optionally one for when the primary fails."""

    def __init__(
        self,
        primary: Route,
        *,
        fallback: Route | None,
        retry_seconds: float = RETRY_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._primary = primary
        self._fallback = fallback
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._retry_at = clock()
        self._current = primary

    async def publish(self, clicks: Sequence[JournaledClick]) -> str:
        """Return the name of the route by which the bus has got all *clicks*.

        Raises:
            BackendUnavailable: Some may not be there. Publish them again.
        """
        fallback = self._fallback
        if fallback is None:
            return await self._publish(self._primary, clicks)
        if self._clock() >= self._retry_at:
            try:
                return await self._publish(self._primary, clicks)
            except BackendUnavailable:
                self._retry_at = self._clock() + self._retry_seconds
        try:
            return await self._publish(fallback, clicks)
        except BackendUnavailable:
            self._retry_at = self._clock()
            raise

    async def _publish(self, route: Route, clicks: Sequence[JournaledClick]) -> str:
        await route.publisher.publish(clicks)
        if route is not self._current:
            self._current = route
            _log.warning("forward.route_changed", route=route.name)
        return route.name
