"""A roll-up of a day or month, as tallies read it."""

from typing import Final

import numpy as np

from waypost.adapters.columns.counting import Counted
from waypost.adapters.columns.rolling.making import QUARTERS
from waypost.domain.analytics.questions import Numbers
from waypost.wire.click_store.columns import Whole
from waypost.wire.click_store.rollup import (
    FIRST,
    LAST,
    QUARTER,
    TOTAL,
    VALUE_BITS,
    VALUE_MASK,
    Rollup,
)

_STARTS: Final = np.arange(64, dtype=np.uint32) << np.uint32(VALUE_BITS)


class RolledPart:
    """The numbers of one scope, by dimension."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup = rollup
        self._starts: list[int] = rollup.keys.searchsorted(_STARTS).tolist()

    def of(self, dimension: int) -> Counted:
        """Return the numbers of one dimension; its values are keys: see `values_of`."""
        part = slice(self._starts[dimension], self._starts[dimension + 1])
        keys, people, machines, visitors = self._rollup
        return Counted(keys[part], people[part], machines[part], visitors[part])

    @property
    def total(self) -> Numbers:
        """The numbers of all clicks."""
        found = self.of(TOTAL)
        if not len(found.values):
            return Numbers(0, 0, 0)
        return Numbers(
            int(found.people[0]), int(found.machines[0]), int(found.visitors[0])
        )

    def by_quarter(self) -> tuple[Whole, Whole]:
        """Return the clicks of people and of machines in each quarter of the day."""
        found = self.of(QUARTER)
        return _spread(found, found.people), _spread(found, found.machines)

    def first_visits(self) -> Whole:
        """Return how many visitors clicked in each quarter for the first time."""
        found = self.of(FIRST)
        return _spread(found, found.visitors)

    def last_visits(self) -> Whole:
        """Return how many visitors clicked in each quarter for the last time."""
        found = self.of(LAST)
        return _spread(found, found.visitors)


def values_of(keys: Whole) -> Whole:
    """Return the values in *keys* of a roll-up."""
    return keys & VALUE_MASK


def _spread(found: Counted, numbers: Whole) -> Whole:
    spread = np.zeros(QUARTERS, np.int64)
    spread[values_of(found.values)] = numbers
    return spread
