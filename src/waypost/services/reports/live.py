"""Clicks as they come, and the totals of today with them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import Totals
from waypost.domain.reports.calendar import ms_of
from waypost.domain.reports.periods import Period
from waypost.ports.analytics.reports import ClickCursor, ReportStore
from waypost.ports.runtime import Clock
from waypost.services.reports.asking import Subject, ask, numbers
from waypost.services.reports.clicks import place_of
from waypost.services.reports.totals import TotalsReport

LOOK_SECONDS: Final = 1.0
"""How often the store is asked for more."""
RESUME_MS: Final = 5 * 60_000
"""How far back clicks are looked for: those that come late, and after a resume."""
MOST_CLICKS: Final = 200
"""How many clicks are shown a second; of more, the newest ones."""
_AHEAD_MS: Final = 10 * 60_000
"""How far the clock of another machine may be ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveNews:
    """What has come since the last time."""

    clicks: Sequence[EnrichedClick]
    """Oldest first."""
    totals: TotalsReport | None
    """Of today; None: as they were."""


async def live(
    today: Callable[[], Subject],
    *,
    after: ClickCursor | None,
    store: ReportStore,
    clock: Clock,
    look_seconds: float = LOOK_SECONDS,
) -> AsyncIterator[LiveNews]:
    """Yield once in *look_seconds* what has come, for ever; at first the totals.

    Clicks behind *after* have come as well, if it is not older than five minutes.
    *today* returns the clicks of the present day.

    Raises:
        RangeTooLarge: It would take the store too much work.
        BackendUnavailable: The store does not answer in time.
    """
    news = _News(store=store, clock=clock, after=after)
    if after is None:
        # What is there already is not new.
        await news.clicks(today())
    shown: TotalsReport | None = None
    while True:
        subject = today()
        clicks = await news.clicks(subject)
        totals = None
        if clicks or shown is None or shown.period != subject.period:
            totals = shown = await _totals(subject, store)
        yield LiveNews(clicks=clicks, totals=totals)
        await asyncio.sleep(look_seconds)


class _News:
    """The clicks that were not returned before."""

    def __init__(
        self, *, store: ReportStore, clock: Clock, after: ClickCursor | None
    ) -> None:
        self._store = store
        self._clock = clock
        self._after = after
        self._known: set[tuple[str, int, int]] = set()

    async def clicks(self, subject: Subject) -> Sequence[EnrichedClick]:
        """Return the new clicks of the last minutes, oldest first."""
        now_ms = ms_of(self._clock.now())
        recent = replace(
            subject,
            period=Period(
                start_ms=now_ms - RESUME_MS,
                end_ms=now_ms + _AHEAD_MS,
                zone=subject.period.zone,
            ),
        )
        found = await self._store.clicks(recent.query(), after=None, limit=MOST_CLICKS)
        new = [click for click in found[::-1] if self._is_new(click)]
        self._known = {click[:3] for click in found}
        # From now on clicks that come late are new too.
        self._after = None
        return new

    def _is_new(self, click: EnrichedClick) -> bool:
        if self._after is not None and place_of(click) <= self._after:
            return False
        return click[:3] not in self._known


async def _totals(subject: Subject, store: ReportStore) -> TotalsReport:
    answers = await ask(store, subject, Totals())
    return TotalsReport(
        period=subject.period,
        as_of_ms=answers.as_of_ms,
        revision=answers.revision,
        numbers=numbers(answers.answers[0]),
        previous=None,
    )
