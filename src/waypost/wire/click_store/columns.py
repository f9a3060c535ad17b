"""A column of a chunk of clicks: numbers, in the shortest of a few forms.

    form 0           every number is 0; no bytes
    form 9           every number is the same; that number, 8 bytes
    form 1, 2, 4, 8  the numbers, each of so many bytes
    form 17, 18, 20  the smallest number, 8 bytes; then each one's distance from it,
                     in 1, 2 or 4 bytes

All numbers are unsigned, little-endian, and below 2^63. A column that a chunk lacks has
form 0, so a new column needs no change of old chunks.
"""

from enum import IntEnum
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from waypost.domain.analytics.dimensions import DIMENSIONS, PLACES, Dimension

Whole: TypeAlias = NDArray[np.integer]  # type: ignore[explicit-any]  # in numpy's classes
"""Whole numbers of any width."""
Mask: TypeAlias = NDArray[np.bool_]

FIRST_DIMENSION: Final = 16
"""The column of the first dimension; the others follow in their order."""


class Column(IntEnum):
    """The columns that are no dimension. Stores keep the numbers: change none."""

    LINK = 0
    MS = 1
    """Milliseconds since the beginning of the chunk's day."""
    VISITOR = 2
    """The number of the visitor within the day, from 1; 0: unknown."""
    JOURNAL = 3
    LANE = 4
    SEQUENCE = 5


def column_of(dimension: Dimension) -> int:
    """Return the column of *dimension*."""
    return FIRST_DIMENSION + PLACES[dimension]


COLUMNS: Final = (*Column, *map(column_of, DIMENSIONS))
"""Every column."""
MACHINE: Final = column_of(Dimension.MACHINE)
AGENT: Final = column_of(Dimension.AGENT)


class StoredColumn(NamedTuple):
    """A column as it is kept."""

    form: int
    data: bytes | None


EMPTY: Final = StoredColumn(0, None)
Part: TypeAlias = tuple[int, int]
"""The first row of a part of a column, and that behind its last one."""

_SAME: Final = 9
_RELATIVE: Final = 16
_TYPES: Final = {
    # Signed ones and unsigned ones of 8 bytes would together become fractions.
    width: np.dtype(f"<i{width}" if width == 8 else f"<u{width}")
    for width in (1, 2, 4, 8)
}
_LIMITS: Final = ((1, 1 << 8), (2, 1 << 16), (4, 1 << 32))


def encode_column(values: Whole) -> StoredColumn:
    """Return the shortest form of *values*, none of which is negative."""
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if most == 0:
        return EMPTY
    if least == most:
        return StoredColumn(_SAME, most.to_bytes(8, "little"))
    width, relative = _width(most), _width(most - least)
    if relative < width:
        distances = (values - values.dtype.type(least)).astype(_TYPES[relative])
        data = least.to_bytes(8, "little") + distances.tobytes()
        return StoredColumn(_RELATIVE + relative, data)
    return StoredColumn(width, values.astype(_TYPES[width]).tobytes())


def decode_column(column: StoredColumn, rows: int, part: Part | None = None) -> Whole:
    """Return the numbers of *column*, which has so many *rows*; or a part of them.

    Raises:
        ValueError: These are not the bytes of such a column.
    """
    form, data = column
    start, end = part or (0, rows)
    if form == 0:
        return np.zeros(end - start, np.uint8)
    if data is None:
        raise ValueError(f"a column of form {form} has no bytes")
    if form == _SAME:
        number = int.from_bytes(data, "little")
        return np.full(end - start, number, _TYPES[_width(number)])
    if form > _RELATIVE:
        least = int.from_bytes(data[:8], "little")
        distances = _numbers(data, form - _RELATIVE, rows, before=8)[start:end]
        # In the narrowest type that holds them all.
        return distances.astype(_TYPES[_width(least + _most(form))]) + least
    return _numbers(data, form, rows)[start:end]


def _numbers(data: bytes, width: int, rows: int, before: int = 0) -> Whole:
    kind = _TYPES.get(width)
    if kind is None or len(data) != before + width * rows:
        raise ValueError(f"{len(data)} bytes are not {rows} numbers of {width} bytes")
    return np.frombuffer(data, kind, rows, before)


def _most(form: int) -> int:
    return (1 << 8 * (form - _RELATIVE)) - 1


def _width(most: int) -> int:
    return next((width for width, limit in _LIMITS if most < limit), 8)
