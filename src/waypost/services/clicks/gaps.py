"""Finding clicks that were recorded and are not counted.

    gaps in the store ─▶ open for too long? ─▶ metric, log, and no longer "pending"

Every ingest worker does it, one at a time, and all of them share what is known.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog

from waypost.domain.gaps import MissingClicks, clicks_confirmed, judged
from waypost.ports.gaps import ClickGaps
from waypost.ports.hot_links import HotLinks
from waypost.ports.runtime import Clock
from waypost.services.rounds import Rounds
from waypost.telemetry.metrics import Metrics

_LONGEST_INTERVAL_SECONDS = 60.0
_ROUNDS = 10
"""How often a gap is seen before it is confirmed, at least."""
_MOST_LINES = 10
"""How many gaps of one round are logged one by one."""

_log = structlog.get_logger()


class GapLoop:
    """Looks for missing clicks for as long as it runs."""

    def __init__(
        self,
        *,
        gaps: ClickGaps,
        hot: HotLinks | None,
        clock: Clock,
        metrics: Metrics,
        bound_seconds: float,
    ) -> None:
        """Report gaps that are open for longer than *bound_seconds*."""
        self._gaps = gaps
        self._hot = hot
        self._clock = clock
        self._metrics = metrics
        self._bound = timedelta(seconds=bound_seconds)
        self._interval = min(bound_seconds / _ROUNDS, _LONGEST_INTERVAL_SECONDS)
        self._lost_lanes: set[int] = set()
        self._rounds = Rounds(
            "gaps.round_failed", interval=self._interval, level=logging.WARNING
        )

    async def run(self) -> None:
        """Look at intervals, until cancelled."""
        await self._rounds.run(self._round)

    async def _round(self) -> float:
        now = self._clock.now()
        before, after = await self._gaps.examine(
            partial(judged, now=now, bound=self._bound)
        )
        self._metrics.clicks_missing.set(clicks_confirmed(after))
        self._metrics.gaps_examined.set(now.timestamp())
        new = [each for each in after if each.confirmed_at == now]
        _log_new(new)
        _log_late(clicks_confirmed(before) + clicks_confirmed(new), after)
        self._lost_lanes |= {each.lane for each in new}
        await self._forget_pending()
        return self._interval

    async def _forget_pending(self) -> None:
        """Show lost clicks no longer as pending clicks."""
        if self._hot is None or not self._lost_lanes:
            return
        await self._hot.forget(self._lost_lanes)
        self._lost_lanes.clear()


def _log_new(missing: Sequence[MissingClicks]) -> None:
    for each in missing[:_MOST_LINES]:
        _log.error(
            "clicks.missing",
            journal=each.journal,
            lane=each.lane,
            first=each.span.first,
            last=each.span.last,
            clicks=each.clicks,
        )
    if rest := missing[_MOST_LINES:]:
        clicks = sum(each.clicks for each in rest)
        _log.error("clicks.more_missing", gaps=len(rest), clicks=clicks)


def _log_late(known: int, after: Sequence[MissingClicks]) -> None:
    """Log how many of the *known* missing clicks are counted after all."""
    if counted := known - clicks_confirmed(after):
        _log.warning("clicks.counted_late", clicks=counted)
