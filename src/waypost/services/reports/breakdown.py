"""The numbers of the values of a dimension, or of links, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from waypost.domain.analytics.questions import (
    NOTHING,
    ByLink,
    ByValue,
    Numbers,
    Order,
    Totals,
)
from waypost.domain.reports.periods import Period
from waypost.domain.reports.shares import share
from waypost.ports.analytics.reports import ReportStore
from waypost.services.reports.asking import (
    By,
    Key,
    Listing,
    Report,
    Subject,
    ask,
    ask_ranking,
    numbers,
)
from waypost.services.reports.derived import MAX_VALUES, Derived


class Row(NamedTuple):
    """The numbers of one value, or of one link."""

    key: Key
    numbers: Numbers
    share: float
    """Of the people's clicks of the whole."""


class OtherRow(NamedTuple):
    """What the rows do not list."""

    values: int
    numbers: Numbers
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousRows:
    """The same values in the period before, in the same order."""

    period: Period
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakdownReport(Report):
    """The numbers of each value."""

    rows: Sequence[Row]
    other: OtherRow | None
    """None: all values are listed."""
    previous: PreviousRows | None


async def breakdown(
    subject: Subject,
    by: By,
    listing: Listing,
    *,
    is_compared: bool,
    store: ReportStore,
) -> BreakdownReport:
    """Return the numbers of the values that the clicks of *subject* have.

    Raises:
        RangeTooLarge: It would take the store too much work.
        BackendUnavailable: The store does not answer in time.
    """
    answers, found = await ask_ranking(store, subject, by, listing)
    rows, other = rows_of(found)
    keys = [row.key for row in rows]
    return BreakdownReport(
        period=subject.period,
        as_of_ms=answers.as_of_ms,
        revision=answers.revision,
        rows=rows,
        other=other,
        previous=await _previous(subject, by, keys, store) if is_compared else None,
    )


def rows_of(found: ByValue | ByLink) -> tuple[Sequence[Row], OtherRow | None]:
    """Return the rows of a ranking with their shares, and the row of the others."""
    whole, others = found.whole.people, found.others
    rows = [Row(key, each, share(each.people, whole)) for key, each in found.listed]
    if not others.values:
        return rows, None
    part = share(others.numbers.people, whole)
    return rows, OtherRow(others.values, others.numbers, part)


async def _previous(
    subject: Subject, by: By, keys: Sequence[Key], store: ReportStore
) -> PreviousRows:
    before = subject.before()
    # Of derived values there are few, and not all of them can be asked for alone.
    is_derived = isinstance(by, Derived)
    asked = before if is_derived else before.narrowed(by, keys)
    most = MAX_VALUES if is_derived else max(len(keys), 1)
    _, found = await ask_ranking(store, asked, by, Listing(Order.VALUE, most))
    known = dict(found.listed)
    whole = numbers((await ask(store, before, Totals())).answers[0]).people
    rows = [
        Row(key, each, share(each.people, whole))
        for key in keys
        for each in (known.get(key, NOTHING),)
    ]
    return PreviousRows(period=before.period, rows=rows)
