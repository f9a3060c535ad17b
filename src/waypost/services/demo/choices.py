"""Chooses rows of a table by weight, for many clicks at once."""

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Places: TypeAlias = NDArray[np.intp]
"""For each click or visitor a place in a table."""


class Choices:
    """Groups of weighted rows. A row is known by its place among all rows."""

    def __init__(self, groups: Iterable[Iterable[float]]) -> None:
        """Take the weights of each group's rows; one of each group is positive."""
        ends = []
        for number, weights in enumerate(groups):
            sums = np.cumsum(np.fromiter(weights, np.float64))
            ends.append(number + sums / sums[-1])
        self._ends = np.concatenate(ends)

    def pick(self, random: np.random.Generator, groups: Places) -> Places:
        """Return a row of each of *groups*."""
        return self._ends.searchsorted(groups + random.random(len(groups)), "right")

    def pick_first(self, random: np.random.Generator, size: int) -> Places:
        """Return *size* rows of the first group."""
        return self.pick(random, np.zeros(size, np.intp))
