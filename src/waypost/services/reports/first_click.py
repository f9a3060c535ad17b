"""The period of all clicks, which begins with the first of them."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from waypost.domain.reports.calendar import start_of_day
from waypost.domain.reports.intervals import Interval
from waypost.domain.reports.periods import Period, since
from waypost.ports.analytics.reports import ReportStore
from waypost.services.reports.asking import Subject, ask, points
from waypost.services.reports.series import Intervals, divided, series_question

_EARLIEST: Final = date(1971, 1, 1)


async def period_of_all(
    links: frozenset[int] | None, *, now: datetime, zone: ZoneInfo, store: ReportStore
) -> Period:
    """Return the days of *zone* from the month of the first click until today.

    Today alone if there was no click.

    Raises:
        RangeTooLarge: It would take the store too much work.
        BackendUnavailable: The store does not answer in time.
    """
    today = now.astimezone(zone).date()
    whole = Period(
        start_ms=start_of_day(_EARLIEST, zone),
        end_ms=start_of_day(today + timedelta(days=1), zone),
        zone=zone,
    )
    months = await divided(whole, Intervals(interval=Interval.MONTH))
    answers = await ask(
        store, Subject(period=whole, links=links), series_question(months)
    )
    counted = zip(months, points(answers.answers[0]), strict=True)
    first = next((month.start_ms for month, each in counted if each.clicks), None)
    return since(whole.end_ms - 1 if first is None else first, now=now, zone=zone)
