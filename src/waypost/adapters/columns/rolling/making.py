"""Makes the roll-ups of a day from its clicks."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from waypost.adapters.columns.chunks import Columns
from waypost.adapters.columns.counting import Clicks, Counted
from waypost.domain.analytics.dimensions import DIMENSIONS, PLACES, Dimension
from waypost.wire.click_store.columns import MACHINE, Column, Whole, column_of
from waypost.wire.click_store.rollup import (
    DAY_OF_MONTH,
    FIRST,
    LAST,
    QUARTER,
    TOTAL,
    VALUE_BITS,
    Rollup,
)

EVERYTHING: Final = 0
"""The scope of all clicks; other scopes are the ids of links."""
BUSY: Final = 256
"""A link has a roll-up on the days on which it has so many clicks."""
QUARTER_MS: Final = 900_000
QUARTERS: Final = 96
"""Of an hour, in a day."""
_DAYS: Final = 32
ROLLED: Final = tuple(
    dimension for dimension in DIMENSIONS if dimension is not Dimension.AGENT
)
"""The dimensions in roll-ups: there are nearly as many agents' texts as visitors."""


_SCOPE_BITS: Final = 32
_KEY_MASK: Final = (1 << _SCOPE_BITS) - 1


class Scoped(NamedTuple):
    """The roll-up of one scope."""

    scope: int
    clicks: int
    rollup: Rollup


def rollups_of(columns: Columns) -> Iterator[Scoped]:
    """Yield every roll-up of a day, whose clicks are in the order of a run."""
    links = columns[Column.LINK]
    yield everything_of(columns)
    found, counts = np.unique(links, return_counts=True)
    yield from rollups_by_link(columns, found[counts >= BUSY])


def everything_of(columns: Columns) -> Scoped:
    """Return the roll-up of all clicks of a day."""
    rows = len(columns[Column.LINK])
    parts = _parts(columns, np.zeros(rows, np.int64), by_quarter(columns))
    keys, numbers = _by_scope(parts)
    return Scoped(EVERYTHING, rows, Rollup(keys, *numbers[1:]))


def rollups_by_link(
    columns: Columns, links: Whole, *, day_of_month: int | None = None
) -> Iterator[Scoped]:
    """Yield the roll-ups of *links*, which ascend, for one day or within a month."""
    places = links.searchsorted(columns[Column.LINK])
    places[places == len(links)] = 0
    is_chosen = links[places] == columns[Column.LINK] if len(links) else places < 0
    chosen = {column: values[is_chosen] for column, values in columns.items()}
    scopes = places[is_chosen].astype(np.int64)
    if not len(scopes):
        return
    times = by_quarter(chosen) if day_of_month is None else _by_day(day_of_month)
    keys, numbers = _by_scope(_parts(chosen, scopes, times))
    ends = np.searchsorted(keys >> _SCOPE_BITS, np.arange(len(links)), side="right")
    rows = np.bincount(scopes, minlength=len(links)).tolist()
    start = 0
    for at, (link, end) in enumerate(zip(links.tolist(), ends.tolist(), strict=True)):
        part = slice(start, end)
        values = (array[part] for array in numbers[1:])
        if rows[at]:
            yield Scoped(link, rows[at], Rollup(keys[part] & _KEY_MASK, *values))
        start = end


Times: TypeAlias = Callable[[Clicks, Whole], list[tuple[int, Counted, int]]]
"""Of clicks and their scopes: number, numbers and width of each dimension of time."""


def by_quarter(columns: Columns) -> Times:
    """Return what counts clicks by quarter of the hour, and visitors by their ends."""
    quarters = columns[Column.MS].astype(np.int64) // QUARTER_MS

    def times(clicks: Clicks, scopes: Whole) -> list[tuple[int, Counted, int]]:
        codes = scopes * QUARTERS + quarters
        first, last = clicks.first_and_last(codes)
        counted = clicks.by(codes)
        return [
            (QUARTER, counted._replace(visitors=counted.visitors * 0), QUARTERS),
            (FIRST, _histogram(first), QUARTERS),
            (LAST, _histogram(last), QUARTERS),
        ]

    return times


def _by_day(day: int) -> Times:
    return lambda clicks, scopes: [
        (DAY_OF_MONTH, clicks.by(scopes * _DAYS + day), _DAYS)
    ]


def _parts(columns: Columns, scopes: Whole, times: Times) -> list[Counted]:
    """Return the numbers by dimension; a value is scope and key."""
    visitors = columns[Column.VISITOR].astype(np.int64)
    apart = scopes * (int(visitors.max()) + 1) + visitors
    clicks = Clicks(columns[MACHINE] != 0, np.where(visitors, apart, 0))
    parts: list[tuple[int, Counted, int]] = []
    for dimension in ROLLED:
        values = columns[column_of(dimension)]
        width = int(values.max()) + 1
        parts.append((PLACES[dimension], clicks.by(scopes * width + values), width))
    parts += [*times(clicks, scopes), (TOTAL, clicks.by(scopes), 1)]
    return [_keyed(*part) for part in parts]


def _keyed(dimension: int, counted: Counted, width: int) -> Counted:
    scopes, values = np.divmod(counted.values, width)
    keys = scopes << _SCOPE_BITS | dimension << VALUE_BITS | values
    return counted._replace(values=keys)


def _by_scope(parts: list[Counted]) -> tuple[Whole, Counted]:
    """Return all keys, ascending, and their numbers."""
    together = Counted(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    together = together.part(np.argsort(together.values, kind="stable"))
    return together.values, together


def _histogram(codes: Whole) -> Counted:
    values, counts = np.unique(codes, return_counts=True)
    nothing = np.zeros(len(values), np.int64)
    return Counted(values, nothing, nothing, counts)
