"""A batch of clicks that is in no chunk yet, in the order of arrival.

    column u8 | bytes of a number u8 | the numbers      for each column; unsigned

The moment is that of the click, in milliseconds since 1970, and the visitor is the
hash. Writing a batch needs no numpy.
"""

from array import array
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from waypost.wire.click_store.columns import COLUMNS, Column, Whole

_WIDE: Final = frozenset({Column.LINK, Column.MS, Column.VISITOR, Column.SEQUENCE})
_CODES: Final = {4: "I", 8: "Q"}
_TYPES: Final = {
    width: np.dtype(f"<i{width}" if width == 8 else f"<u{width}") for width in _CODES
}

_HASH: Final = np.dtype("<u8")


def encode_tail(columns: Mapping[int, Iterable[int]]) -> bytes:
    """Return a batch; a column that is missing is all 0."""
    parts: list[bytes] = []
    for column, values in columns.items():
        width = _width(column)
        parts += (bytes([column, width]), array(_CODES[width], values).tobytes())
    return b"".join(parts)


def encode_tail_arrays(columns: Mapping[int, Whole]) -> bytes:
    """Return a batch of arrays."""
    parts: list[bytes] = []
    for column, values in columns.items():
        width = _width(column)
        parts += (bytes([column, width]), values.astype(_TYPES[width]).tobytes())
    return b"".join(parts)


def decode_tail(data: bytes, rows: int) -> dict[int, Whole]:
    """Return every column of a batch of so many *rows*.

    Raises:
        ValueError: These are not the bytes of such a batch.
    """
    found: dict[int, Whole] = {}
    at = 0
    while at < len(data):
        kind = _TYPES.get(data[at + 1]) if at + 1 < len(data) else None
        if kind is None or at + 2 + kind.itemsize * rows > len(data):
            raise ValueError(f"{len(data)} bytes are no batch of {rows} clicks")
        # The one number that may have all of its bits.
        is_hash = data[at] == Column.VISITOR
        numbers = np.frombuffer(data, _HASH if is_hash else kind, rows, at + 2)
        found[data[at]] = numbers
        at += 2 + kind.itemsize * rows
    for column in COLUMNS:
        if column not in found:
            found[column] = np.zeros(rows, np.uint8)
    return found


def _width(column: int) -> int:
    return 8 if column in _WIDE else 4
