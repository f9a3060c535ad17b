"""What reports ask a store of clicks, and what it answers.

Moments are milliseconds since 1970 in UTC: no store knows a time zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from waypost.domain.analytics.dimensions import Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which values of one dimension a click may have."""

    dimension: Dimension
    values: frozenset[str | None]
    """One of them is enough; None asks for clicks whose value is unknown. A value that
    no click has is no error."""
    is_negated: bool = False
    """Whether the click must have none of them. Unknown is then kept, unless None is
    among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickQuery:
    """Which clicks a report is about."""

    start_ms: int
    """The first moment."""
    end_ms: int
    """The moment after the last one."""
    links: frozenset[int] | None = None
    """The ids of links; None: all clicks, also those of deleted links."""
    filters: tuple[Filter, ...] = ()
    """All of them hold; each dimension occurs once at most per `is_negated`."""


class Numbers(NamedTuple):
    """How many clicks, and by how many people."""

    people: int
    """Clicks of people."""
    machines: int
    """Clicks of programs; together with `people` that are all clicks."""
    visitors: int | None
    """Different pairs of UTC day and visitor among the clicks of people; None: it is
    not known any more."""

    @property
    def clicks(self) -> int:
        """All clicks."""
        return self.people + self.machines


NOTHING = Numbers(0, 0, 0)
"""No click at all."""


class Order(StrEnum):
    """How the values of a breakdown are sorted; ties by value, unknown last."""

    PEOPLE = "-people"
    CLICKS = "-all"
    VISITORS = "-visitors"
    VALUE = "value"
    """By code point, unknown last."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Ask for the numbers of all clicks together. Answered by `Numbers`."""


@dataclass(frozen=True, slots=True)
class Series:
    """Ask for the numbers of consecutive intervals.

    Answered by a tuple of `Numbers`, one for each interval.
    """

    bounds: tuple[int, ...]
    """Ascending, from the query's start to its end: one more than intervals."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Ask for the numbers of each value of a dimension. Answered by `ByValue`."""

    by: Dimension
    order: Order
    limit: int
    """How many values are listed; the others are summed up."""


@dataclass(frozen=True, slots=True)
class TopLinks:
    """Ask for the numbers of each link. Answered by `ByLink`."""

    order: Order
    limit: int


class ValueNumbers(NamedTuple):
    """The numbers of one value."""

    value: str | None
    numbers: Numbers


class LinkNumbers(NamedTuple):
    """The numbers of one link."""

    link_id: int
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What a breakdown does not list."""

    values: int
    """How many values, unknown included; 0: all are listed."""
    numbers: Numbers
    """Their sums, of visitors too: one who has several values counts for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByValue:
    """The answer to `Breakdown`."""

    listed: Sequence[ValueNumbers]
    others: Others
    whole: Numbers
    """The numbers of all clicks together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByLink:
    """The answer to `TopLinks`."""

    listed: Sequence[LinkNumbers]
    others: Others
    whole: Numbers


Question: TypeAlias = Totals | Series | Breakdown | TopLinks
Answer: TypeAlias = Numbers | tuple[Numbers, ...] | ByValue | ByLink
