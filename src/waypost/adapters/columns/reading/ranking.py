"""Chooses the values that a breakdown lists, and sums up the others."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from waypost.adapters.columns.counting import Counted
from waypost.domain.analytics.questions import Numbers, Order, Others
from waypost.wire.click_store.columns import Whole

N = TypeVar("N")


class Ranked(NamedTuple):
    """What is listed, as places in the numbers, and the others."""

    places: list[int]
    others: Others


def ranked(
    counted: Counted,
    order: Order,
    limit: int,
    *,
    sort_keys: Callable[[Whole], Sequence[tuple[bool, str | int]]],
    knows_visitors: bool,
) -> Ranked:
    """Return the first *limit* values by *order*; ties by name, unknown last.

    *sort_keys* returns what sorts values by name.
    """
    sizes = _sizes(counted, order)
    candidates = np.arange(len(sizes))
    if limit < len(sizes):
        # Names are read of those only that can be among the first.
        least = np.partition(sizes, len(sizes) - limit)[len(sizes) - limit]
        candidates = np.flatnonzero(sizes >= least)
    names = sort_keys(counted.values[candidates])
    chosen = sorted(
        zip((-sizes[candidates]).tolist(), names, candidates.tolist(), strict=True)
    )[:limit]
    places = [place for _, _, place in chosen]
    return Ranked(places, _others(counted, places, knows_visitors=knows_visitors))


def numbers_at(counted: Counted, place: int, *, knows_visitors: bool) -> Numbers:
    """Return the numbers at *place*."""
    return Numbers(
        int(counted.people[place]),
        int(counted.machines[place]),
        int(counted.visitors[place]) if knows_visitors else None,
    )


def _sizes(counted: Counted, order: Order) -> Whole:
    if order is Order.PEOPLE:
        return counted.people.astype(np.int64)
    if order is Order.CLICKS:
        return counted.clicks.astype(np.int64)
    if order is Order.VISITORS:
        return counted.visitors.astype(np.int64)
    return np.zeros(len(counted.values), np.int64)


def _others(counted: Counted, listed: list[int], *, knows_visitors: bool) -> Others:
    people, machines, visitors = (
        int(part.sum(dtype=np.int64)) - int(part[listed].sum(dtype=np.int64))
        for part in counted[1:]
    )
    return Others(
        values=len(counted.values) - len(listed),
        numbers=Numbers(people, machines, visitors if knows_visitors else None),
    )
