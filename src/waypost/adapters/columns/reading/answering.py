"""The questions of a query: how each is summed up, and answered."""

from collections.abc import Sequence
from typing import Protocol

from waypost.adapters.columns.counting import Counted
from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.reading.names import Names
from waypost.adapters.columns.reading.ranking import numbers_at, ranked
from waypost.adapters.columns.reading.rows import Rows
from waypost.adapters.columns.reading.selection import Selection
from waypost.adapters.columns.reading.tallies.intervals import NOON_MS, IntervalsTally
from waypost.adapters.columns.reading.tallies.rolled import RolledPart
from waypost.adapters.columns.reading.tallies.values import ValuesTally
from waypost.adapters.columns.rolling.making import ROLLED
from waypost.domain.analytics.dimensions import PLACES
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Answer,
    Breakdown,
    ByLink,
    ByValue,
    LinkNumbers,
    Numbers,
    Question,
    Series,
    TopLinks,
    Totals,
    ValueNumbers,
)
from waypost.wire.click_store.columns import Column, Whole, column_of


class Asked(Protocol):
    """A question that is being answered."""

    def can_roll(self, day: int) -> bool:
        """Return whether the roll-up of *day* says all that is asked."""
        ...

    def add_rows(self, rows: Rows) -> None:
        """Add clicks."""
        ...

    def add_day(self, day: int, rolled: RolledPart, *, knows_visitors: bool) -> None:
        """Add the roll-up of *day*, also where it does not say enough."""
        ...

    def add_month(
        self,
        days: dict[int, Numbers],
        whole: RolledPart | None,
        *,
        knows_visitors: bool,
    ) -> None:
        """Add *days* of a month of a link; *whole*: it has clicks of no other day."""
        ...

    def answer(self, connection: Connection, names: Names) -> Answer:
        """Return the answer."""
        ...


def asked(selection: Selection, questions: Sequence[Question]) -> list[Asked]:
    """Return what sums up the answers; behind those of *questions* may be others."""
    period = (selection.start_ms, selection.end_ms)
    whole = AskedIntervals(period, is_series=False)
    found: list[Asked] = []
    for question in questions:
        match question:
            case Totals():
                found.append(AskedIntervals(period, is_series=False))
            case Series(bounds):
                found.append(AskedIntervals(bounds, is_series=True))
            case Breakdown() | TopLinks():
                found.append(AskedValues(selection, question, whole))
    return [*found, whole]


class AskedIntervals:
    """Totals, or a series."""

    def __init__(self, bounds: Sequence[int], *, is_series: bool) -> None:
        self._tally = IntervalsTally(bounds)
        self._is_series = is_series
        self.can_roll = self._tally.can_roll
        self.add_rows = self._tally.add_rows
        self.add_day = self._tally.add_day

    def add_month(
        self,
        days: dict[int, Numbers],
        whole: RolledPart | None,
        *,
        knows_visitors: bool,
    ) -> None:
        """Add each day of the month at its noon."""
        del whole
        for day, numbers in days.items():
            self._tally.add_noon(day, numbers, knows_visitors=knows_visitors)

    def totals(self) -> Numbers:
        """Return the numbers of the first interval."""
        return self._tally.numbers()[0]

    def answer(self, connection: Connection, names: Names) -> Answer:
        """Return the numbers."""
        del connection, names
        return self._tally.numbers() if self._is_series else self.totals()


class AskedValues:
    """A breakdown by a dimension, or by link."""

    def __init__(
        self,
        selection: Selection,
        question: Breakdown | TopLinks,
        whole: AskedIntervals,
    ) -> None:
        self._question = question
        self._whole = whole
        self._selection = selection
        by = question.by if isinstance(question, Breakdown) else None
        self._column = Column.LINK if by is None else column_of(by)
        self._tally = ValuesTally(
            self._column,
            dimension=PLACES[by] if by in ROLLED else None,
            start_ms=selection.start_ms,
            end_ms=selection.end_ms,
        )
        self.add_rows = self._tally.add_rows

    def can_roll(self, day: int) -> bool:
        """Return whether all of *day* is asked about, and roll-ups have it."""
        return self._tally.can_roll(day * DAY_MS, (day + 1) * DAY_MS)

    def add_day(self, day: int, rolled: RolledPart, *, knows_visitors: bool) -> None:
        """Add the roll-up of *day*; what it cannot split has unknown values."""
        if self.can_roll(day):
            self._tally.add_rolled(rolled, knows_visitors=knows_visitors)
            return
        period = (self._selection.start_ms, self._selection.end_ms)
        inside = AskedIntervals(period, is_series=False)
        inside.add_day(day, rolled, knows_visitors=knows_visitors)
        numbers = inside.totals()
        self._tally.add_unknown(numbers, knows_visitors=numbers.visitors is not None)

    def add_month(
        self,
        days: dict[int, Numbers],
        whole: RolledPart | None,
        *,
        knows_visitors: bool,
    ) -> None:
        """Add a month, or its days as unknown where not all of it is asked about."""
        inside = [day for day in days if self._has_noon(day)]
        period = (self._selection.start_ms, self._selection.end_ms)
        if whole and len(inside) == len(days) and self._tally.can_roll(*period):
            self._tally.add_rolled(whole, knows_visitors=knows_visitors)
            return
        for day in inside:
            self._tally.add_unknown(days[day], knows_visitors=knows_visitors)

    def answer(self, connection: Connection, names: Names) -> Answer:
        """Return the values in their order."""
        counted, knows = self._tally.counted(), self._tally.knows_visitors
        question, whole = self._question, self._whole.totals()

        def by_text(values: Whole) -> list[tuple[bool, str | int]]:
            texts = names.of(connection, self._column, values.tolist())
            return [(text is None, text or "") for text in texts]

        def by_number(values: Whole) -> list[tuple[bool, str | int]]:
            return [(False, number) for number in values.tolist()]

        places, others = ranked(
            counted,
            question.order,
            question.limit,
            sort_keys=by_text if isinstance(question, Breakdown) else by_number,
            knows_visitors=knows,
        )
        listed = [
            (value, numbers_at(counted, place, knows_visitors=knows))
            for place, value in zip(places, _at(counted, places), strict=True)
        ]
        if isinstance(question, TopLinks):
            links = [LinkNumbers(*each) for each in listed]
            return ByLink(listed=links, others=others, whole=whole)
        texts = names.of(connection, self._column, [value for value, _ in listed])
        rows = [
            ValueNumbers(text, numbers)
            for text, (_, numbers) in zip(texts, listed, strict=True)
        ]
        return ByValue(listed=rows, others=others, whole=whole)

    def _has_noon(self, day: int) -> bool:
        noon = day * DAY_MS + NOON_MS
        return self._selection.start_ms <= noon < self._selection.end_ms


def _at(counted: Counted, places: list[int]) -> list[int]:
    found: list[int] = counted.values[places].tolist()
    return found
