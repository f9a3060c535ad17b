"""What a demonstration consists of, and how many clicks each of its days has."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

JOURNAL: Final = "demo"
"""The journal that the clicks say they are from; no other has this name."""

MOST_AT_ONCE: Final = 400_000
"""Clicks that are made together at most, so that memory is bounded."""

_WEEK: Final = (1.05, 1.1, 1.08, 1.05, 0.98, 0.78, 0.74)
"""How busy the days of a week are, from Monday."""
_GROWTH: Final = 1.2
"""By how much the last day has more clicks than the first."""
_NOISE: Final = 0.08
_MONDAY: Final = 4
"""1970-01-05 was the first Monday."""


class DemoPlan(NamedTuple):
    """Everything that the content of a demonstration depends on."""

    seed: int
    links: int
    clicks: int
    days: int
    last_day: int
    """The last UTC day with clicks, in days since 1970-01-01."""

    @property
    def first_day(self) -> int:
        """The first UTC day with clicks."""
        return self.last_day - self.days + 1


class DemoPart(NamedTuple):
    """Some clicks of one UTC day, which are made together."""

    day: int
    number: int
    """The number of the part within its day."""
    first_sequence: int
    clicks: int


def parts_of(plan: DemoPlan) -> Iterator[DemoPart]:
    """Yield the parts of all clicks; their sequences follow one another from 1."""
    sequence = 1
    for at, clicks in enumerate(clicks_by_day(plan)):
        for number, start in enumerate(range(0, clicks, MOST_AT_ONCE)):
            size = min(MOST_AT_ONCE, clicks - start)
            yield DemoPart(plan.first_day + at, number, sequence, size)
            sequence += size


def clicks_by_day(plan: DemoPlan) -> Sequence[int]:
    """Return how many clicks each day has; together they are all of the plan."""
    days = np.arange(plan.first_day, plan.last_day + 1)
    random = np.random.default_rng([plan.seed, plan.days])
    weights = np.array(_WEEK)[(days - _MONDAY) % 7]
    weights = weights * np.linspace(1, 1 + _GROWTH, plan.days)
    weights *= np.exp(random.normal(0, _NOISE, plan.days))
    ends = np.rint(np.cumsum(weights) / weights.sum() * plan.clicks).astype(np.int64)
    sizes: list[int] = np.diff(ends, prepend=0).tolist()
    return sizes
