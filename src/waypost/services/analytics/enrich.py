"""Enrichment: what an edge has recorded of a click becomes what reports know of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial, reduce
from itertools import chain
from operator import add, gt
from time import perf_counter
from typing import Final, TypeVar

import structlog

from waypost.domain.analytics.dimensions import DIMENSIONS, PLACES, Dimension
from waypost.domain.analytics.enriched import EnrichedClick, day_of
from waypost.domain.clicks import Click, JournaledClick
from waypost.ports.analytics.rows import VisitorSalts
from waypost.ports.runtime import Clock
from waypost.services.analytics.salts import DailySalts
from waypost.services.analytics.step import EnrichmentStep, Values
from waypost.services.analytics.steps.moment import NS_PER_MS, moments_of
from waypost.services.analytics.steps.visitor import (
    UNKNOWN,
    asks_for_privacy,
    visitor_of,
)
from waypost.telemetry.analytics.enrichment_metrics import EnrichmentMetrics
from waypost.telemetry.log_throttle import LogThrottle

_log = structlog.get_logger()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MACHINE: Final = PLACES[Dimension.MACHINE]

T = TypeVar("T")


class Enricher:
    """Enriches batches of clicks, one at a time."""

    def __init__(
        self,
        *,
        steps: Sequence[EnrichmentStep],
        salts: VisitorSalts,
        clock: Clock,
        honours_privacy: bool,
        metrics: EnrichmentMetrics,
    ) -> None:
        filled = tuple(chain.from_iterable(step.dimensions for step in steps))
        assert filled == DIMENSIONS, "the steps fill the dimensions in their order"
        self._steps = steps
        self._salts = DailySalts(salts)
        self._clock = clock
        self._honours_privacy = honours_privacy
        self._metrics = metrics
        self._throttle = LogThrottle()
        self._hashes: dict[bytes, Callable[[Click], int]] = {}

    async def enrich(self, clicks: Sequence[JournaledClick]) -> list[EnrichedClick]:
        """Return *clicks* with what is found out about each, in the same order.

        It waits only for the salt of a day, once a day; the rest computes without a
        pause, 5 to 10 ms for each thousand clicks.

        Raises:
            BackendUnavailable: A salt is not known, and its store does not answer.
        """
        if not clicks:
            return []
        journals, lanes, sequences, recorded = zip(*clicks, strict=True)
        now_ms = (self._clock.now() - _EPOCH) // timedelta(milliseconds=1)
        moments = self._measured("moment", lambda: self._moments(recorded, now_ms))
        days = [day_of(moment) for moment in moments]
        salts = await self._salts.of_days(days, today=day_of(now_ms))
        rows = self._rows(recorded)
        visitors = self._measured(
            "visitor", lambda: self._visitors(recorded, rows, days, salts)
        )
        self._metrics.clicks.inc(len(clicks))
        links = [click.link_id for click in recorded]
        codes = [click.code for click in recorded]
        identities = (journals, lanes, sequences)
        return list(
            map(EnrichedClick, *identities, links, moments, visitors, rows, codes)
        )

    def _moments(self, clicks: Sequence[Click], now_ms: int) -> list[int]:
        sent = [click.time_ns // NS_PER_MS for click in clicks]
        moments = moments_of(sent, now_ms)
        if moments is not sent:
            self._metrics.moments_ahead.inc(sum(map(gt, sent, moments)))
        return moments

    def _rows(self, clicks: Sequence[Click]) -> list[Values]:
        """Return the values of all dimensions for each click."""
        found: list[Iterable[Values]] = [
            self._run(step, clicks) for step in self._steps
        ]
        return list(reduce(partial(map, add), found))

    def _run(self, step: EnrichmentStep, clicks: Sequence[Click]) -> list[Values]:
        """Return what *step* finds out about each click."""

        def values() -> list[Values]:
            try:
                return step.values(clicks)
            except Exception as error:  # noqa: BLE001 - logged: an unknown value is better than clicks that never get into a report
                self._log_failure(step, error)
                return [self._careful(step, click) for click in clicks]

        found = self._measured(step.name, values)
        unknown = [row[0] for row in found].count(None)
        self._metrics.known.labels(step.name).inc(len(found) - unknown)
        return found

    def _careful(self, step: EnrichmentStep, click: Click) -> Values:
        """Return what *step* finds out, or nothing where it fails."""
        try:
            return step.values([click])[0]
        except Exception:  # noqa: BLE001 - the first of the batch was logged
            self._metrics.failures.labels(step.name).inc()
            return (None,) * len(step.dimensions)

    def _log_failure(self, step: EnrichmentStep, error: Exception) -> None:
        if self._throttle.allows(step.name):
            # Its text may repeat what a visitor has sent.
            kind = type(error).__name__
            _log.error("enrichment.step_failed", step=step.name, error=kind)

    def _visitors(
        self,
        clicks: Sequence[Click],
        rows: Sequence[Values],
        days: Sequence[int],
        salts: Mapping[int, bytes],
    ) -> list[int]:
        # As long as their salts: what they remember of a day must not outlive its salt.
        self._hashes = {
            salts[day]: self._hashes.get(salts[day]) or visitor_of(salts[day])
            for day in set(days)
        }
        hashes = {day: self._hashes[salts[day]] for day in set(days)}
        return [
            UNKNOWN
            if row[_MACHINE] is not None
            or (self._honours_privacy and click.privacy and asks_for_privacy(click))
            else hashes[day](click)
            for click, row, day in zip(clicks, rows, days, strict=True)
        ]

    def _measured(self, name: str, work: Callable[[], T]) -> T:
        """Return what *work* returns, and add up the time that it takes."""
        began = perf_counter()
        result = work()
        self._metrics.seconds.labels(name).inc(perf_counter() - began)
        return result
