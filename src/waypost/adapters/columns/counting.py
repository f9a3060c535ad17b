"""Counts clicks by value: people, machines and different visitors, exactly."""

from collections.abc import Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waypost.wire.click_store.columns import Mask, Whole

_SPARSE: Final = 4
"""How many times more numbers than rows make counting by place too wasteful."""


class Counted(NamedTuple):
    """Numbers by value; values ascend, and each has at least one click."""

    values: Whole
    people: Whole
    machines: Whole
    visitors: Whole

    @property
    def clicks(self) -> Whole:
        """All clicks of each value."""
        return self.people + self.machines

    def part(self, chosen: Whole | Mask) -> "Counted":
        """Return the chosen values."""
        return Counted(*(array[chosen] for array in self))


_NONE: Final = np.zeros(0, np.int64)
EMPTY: Final = Counted(_NONE, _NONE, _NONE, _NONE)


class Clicks:
    """Some clicks: which are machines', and by which visitors the others are.

    Two clicks have the same *visitors* number if they are of one visitor on one day;
    0 is no visitor.
    """

    def __init__(self, is_machine: Mask, visitors: Whole) -> None:
        self.is_machine = is_machine
        self._visitors = visitors

    def by(self, values: Whole) -> Counted:
        """Return the numbers of each of *values*, one for each click."""
        ids, codes = _coded(values)
        return self._counted(ids, codes)

    @cached_property
    def visitors(self) -> int:
        """How many different visitors there are."""
        return len(self._starts)

    def visitors_by(self, codes: Whole, size: int) -> Whole:
        """Return how many different visitors have each code below *size*."""
        if not len(self._starts):
            return np.zeros(size, np.int64)
        ordered = codes[self._order]
        is_new = np.empty(len(ordered), np.bool_)
        is_new[0] = True
        np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
        is_new[self._starts] = True
        # Nearly always all clicks of a visitor have one value: nothing to compare.
        changes = np.add.reduceat(is_new, self._starts, dtype=np.int64)
        is_single = changes == 1
        counts: Whole = np.bincount(
            ordered[self._starts[is_single]], minlength=size
        ).astype(np.int64)
        if not is_single.all():
            chosen = np.flatnonzero(is_new & ~is_single[self._ranks])
            pairs = different(self._ranks[chosen] * size + ordered[chosen])
            counts += np.bincount(pairs % size, minlength=size)
        return counts

    def first_and_last(self, moments: Whole) -> tuple[Whole, Whole]:
        """Return each visitor's smallest and largest of *moments*."""
        if not len(self._starts):
            return _NONE, _NONE
        ordered = moments[self._order]
        return (
            np.minimum.reduceat(ordered, self._starts),
            np.maximum.reduceat(ordered, self._starts),
        )

    def _counted(self, ids: Whole, codes: Whole) -> Counted:
        size = len(ids)
        places = codes.astype(np.int64)  # one array of 8 bytes a click, and no more
        places *= 2
        places += self.is_machine
        split: Whole = np.bincount(places, minlength=2 * size)
        people, machines = split[0::2], split[1::2]
        some = np.flatnonzero(people + machines)
        visitors = self.visitors_by(codes, size)
        return Counted(ids[some], people[some], machines[some], visitors[some])

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        """The clicks of known visitors, in the visitors' order."""
        chosen = np.flatnonzero(~self.is_machine & (self._visitors != 0))
        return chosen[np.argsort(self._visitors[chosen])]

    @cached_property
    def _starts(self) -> NDArray[np.intp]:
        """Where each visitor begins in that order."""
        ordered = self._visitors[self._order]
        is_start = np.ones(len(ordered), np.bool_)
        np.not_equal(ordered[1:], ordered[:-1], out=is_start[1:])
        return np.flatnonzero(is_start)

    @cached_property
    def _ranks(self) -> NDArray[np.intp]:
        """Which visitor each click in that order is of."""
        lengths = np.diff(self._starts, append=len(self._order))
        return np.repeat(np.arange(len(self._starts)), lengths)


def merged(parts: Sequence[Counted]) -> Counted:
    """Return the sums of *parts*, in which a value may occur several times."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return EMPTY
    return summed(
        Counted(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    )


def summed(numbers: Counted) -> Counted:
    """Return the sums of *numbers*, in which a value may occur several times."""
    ids, codes = _coded(numbers.values)
    places = codes.astype(np.intp)  # once, and not for each sum
    people, machines, visitors = (
        np.bincount(places, weights=each, minlength=len(ids)).astype(np.int64)
        for each in numbers[1:]
    )
    some = np.flatnonzero(people + machines + visitors)
    return Counted(ids[some], people[some], machines[some], visitors[some])


def different(values: Whole) -> Whole:
    """Return the different ones of *values*, ascending.

    `np.unique` does it by a hash table, which takes several times as long.
    """
    ordered = np.sort(values)
    is_new = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    return ordered[is_new]


def _coded(values: Whole) -> tuple[Whole, Whole]:
    """Return different values, ascending, and for each of *values* its place."""
    if not len(values):
        return _NONE, _NONE
    most = int(values.max())
    if most < _SPARSE * len(values) + 1024:
        return np.arange(most + 1), values
    found, places = np.unique(values, return_inverse=True)
    return found, places
