"""Dimensions that no click has: they are derived from what a store answers.

::

    continent     ◀── the numbers of each country, added up
    hour_of_week  ◀── the numbers of each hour of the period, added up

Visitors are added up too. One visitor of a day has one address and so, as a rule, one
continent, but counts in each hour in which there was a click.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum
from functools import reduce
from typing import Final

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.questions import (
    NOTHING,
    Answer,
    Breakdown,
    ByLink,
    ByValue,
    Filter,
    Numbers,
    Order,
    Others,
    Series,
    ValueNumbers,
)
from waypost.domain.reports.calendar import local
from waypost.domain.reports.continents import CONTINENTS
from waypost.domain.reports.intervals import Bucket, hours
from waypost.domain.reports.periods import Period

MAX_VALUES: Final = 1_000
"""More than there are countries, or hours of a week."""


class Derived(StrEnum):
    """A dimension that is no part of a click."""

    CONTINENT = "continent"
    """`AF`, `AN`, `AS`, `EU`, `NA`, `OC` or `SA`; null where the country is unknown."""
    HOUR_OF_WEEK = "hour_of_week"
    """Day of the week, 1 is Monday, and hour, in the report's zone: `1-09`."""


DERIVED: Final = tuple(Derived)


def derived_question(by: Derived, period: Period) -> Breakdown | Series:
    """Return what the values of *by* are derived from.

    Raises:
        RangeTooLarge: The period has too many hours.
    """
    if by is Derived.CONTINENT:
        return Breakdown(Dimension.COUNTRY, Order.VALUE, MAX_VALUES)
    found = hours(period)
    return Series((found[0].start_ms, *(hour.end_ms for hour in found)))


def derived_values(period: Period, answer: Answer) -> Sequence[ValueNumbers]:
    """Return what the *answer* to `derived_question` says of each value."""
    assert not isinstance(answer, Numbers | ByLink), "the question was of another kind"
    sums: dict[str | None, Numbers] = defaultdict(lambda: NOTHING)
    if isinstance(answer, ByValue):
        sums[None] = answer.others.numbers
        for country, each in answer.listed:
            continent = CONTINENTS.get(country or "")
            sums[continent] = added(sums[continent], each)
    else:
        for hour, each in zip(hours(period), answer, strict=True):
            value = _hour_of_week(hour, period)
            sums[value] = added(sums[value], each)
    return [ValueNumbers(*each) for each in sums.items() if each[1].clicks]


def ranked(values: Iterable[ValueNumbers], *, order: Order, limit: int) -> ByValue:
    """Return *values* as a store would rank them."""
    ordered = sorted(values, key=lambda each: (each.value is None, each.value or ""))
    if order is not Order.VALUE:
        ordered.sort(key=lambda each: _RANKS[order](each.numbers), reverse=True)
    left = ordered[limit:]
    return ByValue(
        listed=ordered[:limit],
        others=Others(values=len(left), numbers=_sum(left)),
        whole=_sum(ordered),
    )


def of_continents(
    continents: Collection[str | None], *, is_negated: bool = False
) -> Filter:
    """Return the filter by countries that chooses the clicks of *continents*.

    None stands for clicks whose country is unknown, or none that has a continent.
    """
    is_unknown_chosen = None in continents
    countries = (
        country
        for country, continent in CONTINENTS.items()
        if (continent in continents) != is_unknown_chosen
    )
    return Filter(
        dimension=Dimension.COUNTRY,
        values=frozenset(countries),
        is_negated=is_unknown_chosen != is_negated,
    )


def combined(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """Return *filters* with one for each dimension, and one that is negated."""
    found: dict[tuple[Dimension, bool], Filter] = {}
    for one in filters:
        other = found.get((one.dimension, one.is_negated), one)
        values = (
            one.values | other.values if one.is_negated else one.values & other.values
        )
        found[one.dimension, one.is_negated] = Filter(
            dimension=one.dimension, values=values, is_negated=one.is_negated
        )
    return tuple(found.values())


def added(one: Numbers, other: Numbers) -> Numbers:
    """Return the sums; visitors are unknown where either is."""
    visitors = (
        None
        if one.visitors is None or other.visitors is None
        else one.visitors + other.visitors
    )
    return Numbers(one.people + other.people, one.machines + other.machines, visitors)


def _sum(values: Iterable[ValueNumbers]) -> Numbers:
    return reduce(added, (each.numbers for each in values), NOTHING)


def _hour_of_week(hour: Bucket, period: Period) -> str:
    shown = local(hour.at_ms, period.zone)
    return f"{shown.isoweekday()}-{shown.hour:02}"


_RANKS: Final[dict[Order, Callable[[Numbers], int]]] = {
    Order.PEOPLE: lambda numbers: numbers.people,
    Order.CLICKS: lambda numbers: numbers.clicks,
    Order.VISITORS: lambda numbers: numbers.visitors or 0,
}
