"""All that a page about some clicks shows, from one moment of the store."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from waypost.domain.analytics.questions import Numbers, Totals
from waypost.domain.reports.intervals import Interval
from waypost.ports.analytics.reports import ReportStore
from waypost.services.reports.asking import (
    By,
    Listing,
    Report,
    Subject,
    ask,
    numbers,
    points,
    ranking,
    ranking_question,
)
from waypost.services.reports.breakdown import OtherRow, Row, rows_of
from waypost.services.reports.series import (
    Intervals,
    Point,
    divided,
    points_of,
    series_question,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReport(Report):
    """Totals, a series and breakdowns, which agree with one another."""

    numbers: Numbers
    interval: Interval
    points: Sequence[Point]
    breakdowns: Mapping[By, tuple[Sequence[Row], OtherRow | None]]


async def page(
    subject: Subject,
    intervals: Intervals,
    *,
    breakdowns: Mapping[By, Listing],
    store: ReportStore,
) -> PageReport:
    """Return the numbers of *subject*, by interval and by each of *breakdowns*.

    Raises:
        RangeTooLarge: There are more than 2,000 intervals, or too many clicks to read.
        BackendUnavailable: The store does not answer in time.
    """
    interval = intervals.of(subject.period)
    parts = await divided(subject.period, intervals)
    questions = await asyncio.to_thread(
        lambda: [
            ranking_question(by, listing, subject.period)
            for by, listing in breakdowns.items()
        ]
    )
    answers = await ask(store, subject, Totals(), series_question(parts), *questions)
    whole, line, *ranked = answers.answers
    return PageReport(
        period=subject.period,
        as_of_ms=answers.as_of_ms,
        revision=answers.revision,
        numbers=numbers(whole),
        interval=interval,
        points=points_of(parts, points(line)),
        breakdowns=await asyncio.to_thread(
            lambda: {
                by: rows_of(ranking(by, listing, subject.period, answer))
                for (by, listing), answer in zip(
                    breakdowns.items(), ranked, strict=True
                )
            }
        ),
    )
