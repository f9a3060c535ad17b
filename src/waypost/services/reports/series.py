"""The numbers of consecutive intervals: of all clicks, and of up to ten values."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from waypost.domain.analytics.questions import Numbers, Series
from waypost.domain.reports.intervals import (
    Bucket,
    Interval,
    WeekStart,
    buckets,
    fitting_interval,
)
from waypost.domain.reports.periods import Period
from waypost.ports.analytics.reports import ReportStore
from waypost.services.reports.asking import (
    By,
    Key,
    Listing,
    Report,
    Subject,
    ask,
    ask_ranking,
    points,
)

MAX_LINES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """How a period is divided."""

    interval: Interval | None = None
    """None: the one that fits the length of the period."""
    week_start: WeekStart = WeekStart.MONDAY

    def of(self, period: Period) -> Interval:
        """Return the interval of the buckets of *period*."""
        return self.interval or fitting_interval(period)


class Point(NamedTuple):
    """The numbers of one interval."""

    bucket: Bucket
    numbers: Numbers


class Line(NamedTuple):
    """The series of one value, or of one link."""

    key: Key
    points: Sequence[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousSeries:
    """The intervals of the period before."""

    period: Period
    points: Sequence[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesReport(Report):
    """The numbers of each interval; where there was no click, they are zero."""

    interval: Interval
    points: Sequence[Point]
    lines: Sequence[Line] | None
    """By descending number of people's clicks; None: it was not asked for."""
    previous: PreviousSeries | None


def series_question(parts: Sequence[Bucket]) -> Series:
    """Return the question for the numbers of consecutive buckets."""
    return Series((parts[0].start_ms, *(bucket.end_ms for bucket in parts)))


def points_of(parts: Sequence[Bucket], numbers: Sequence[Numbers]) -> Sequence[Point]:
    """Return the buckets with their numbers."""
    return [Point(*each) for each in zip(parts, numbers, strict=True)]


async def series(
    subject: Subject,
    intervals: Intervals,
    *,
    is_compared: bool,
    by: By | None,
    store: ReportStore,
) -> SeriesReport:
    """Return the numbers of each interval; with *by* also those of the top ten.

    The lines are read after the sum of them, so they may be newer by some clicks.

    Raises:
        RangeTooLarge: There are more than 2,000 intervals, or too many clicks to read.
        BackendUnavailable: The store does not answer in time.
    """
    interval = intervals.of(subject.period)
    fixed = replace(intervals, interval=interval)
    previous = None
    if is_compared:
        before = subject.before()
        earlier = await _points(before, await divided(before.period, fixed), store)
        previous = PreviousSeries(period=before.period, points=earlier[1])
    parts = await divided(subject.period, fixed)
    report, all_points = await _points(subject, parts, store)
    return SeriesReport(
        period=report.period,
        as_of_ms=report.as_of_ms,
        revision=report.revision,
        interval=interval,
        points=all_points,
        lines=await _lines(subject, parts, by, store) if by else None,
        previous=previous,
    )


async def divided(period: Period, intervals: Intervals) -> Sequence[Bucket]:
    """Return the buckets of *period*.

    Made in a thread: redirects must not wait for thousands of look-ups of a zone.

    Raises:
        RangeTooLarge: There are more than 2,000.
    """
    return await asyncio.to_thread(
        buckets, period, intervals.of(period), week_start=intervals.week_start
    )


async def _points(
    subject: Subject, parts: Sequence[Bucket], store: ReportStore
) -> tuple[Report, Sequence[Point]]:
    answers = await ask(store, subject, series_question(parts))
    report = Report(
        period=subject.period, as_of_ms=answers.as_of_ms, revision=answers.revision
    )
    return report, points_of(parts, points(answers.answers[0]))


async def _lines(
    subject: Subject, parts: Sequence[Bucket], by: By, store: ReportStore
) -> Sequence[Line]:
    _, top = await ask_ranking(store, subject, by, Listing(limit=MAX_LINES))
    lines = []
    for key, _ in top.listed:
        _, line = await _points(subject.narrowed(by, [key]), parts, store)
        lines.append(Line(key, line))
    return lines
