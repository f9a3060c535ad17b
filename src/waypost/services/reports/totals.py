"""The numbers of a period, and of the one before."""

from dataclasses import dataclass

from waypost.domain.analytics.questions import Numbers, Totals
from waypost.domain.reports.periods import Period
from waypost.ports.analytics.reports import ReportStore
from waypost.services.reports.asking import Report, Subject, ask, numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousTotals:
    """The numbers of the period before."""

    period: Period
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalsReport(Report):
    """The numbers of all clicks together."""

    numbers: Numbers
    previous: PreviousTotals | None
    """None: it was not asked for."""


async def totals(
    subject: Subject, *, is_compared: bool, store: ReportStore
) -> TotalsReport:
    """Return the numbers of *subject*.

    Raises:
        RangeTooLarge: It would take the store too much work.
        BackendUnavailable: The store does not answer in time.
    """
    # The earlier moment of asking has the lower numbers: the previous period first.
    previous = await _previous(subject.before(), store) if is_compared else None
    answers = await ask(store, subject, Totals())
    return TotalsReport(
        period=subject.period,
        as_of_ms=answers.as_of_ms,
        revision=answers.revision,
        numbers=numbers(answers.answers[0]),
        previous=previous,
    )


async def _previous(subject: Subject, store: ReportStore) -> PreviousTotals:
    answers = await ask(store, subject, Totals())
    return PreviousTotals(period=subject.period, numbers=numbers(answers.answers[0]))
