"""The roll-up of one scope and day, or month: the numbers of every value, sorted.

    form u8 | keys u32[n] | people[n] | machines[n] | visitors[n]

The counts have as many bytes each as the form says: 1, 2, 4 or 8. Where the form has
its highest bit set, what follows it is compressed with zlib. A key is the dimension's
number in its upper 6 bits, and the value's in the lower 26; 0 is the unknown value.
All numbers are unsigned, little-endian.
"""

import zlib
from typing import Final, NamedTuple

import numpy as np

from waypost.wire.click_store.columns import Whole

VALUE_BITS: Final = 26
VALUE_MASK: Final = (1 << VALUE_BITS) - 1

QUARTER: Final = 58
"""In place of a dimension: the quarter of an hour of the day, from 0 to 95."""
FIRST: Final = 59
"""The quarter of a visitor's first click of the day; only `visitors` counts."""
LAST: Final = 60
"""The quarter of a visitor's last click of the day; only `visitors` counts."""
DAY_OF_MONTH: Final = 61
"""Of a month: the day, from 0. It takes the place of the quarters."""
TOTAL: Final = 62
"""All clicks; its value is 0."""

_COMPRESSED: Final = 0x80
_KEY: Final = np.dtype("<u4")
_TYPES: Final = {width: np.dtype(f"<u{width}") for width in (1, 2, 4, 8)}


class Rollup(NamedTuple):
    """The numbers of each key; keys ascend."""

    keys: Whole
    people: Whole
    machines: Whole
    visitors: Whole

    def of(self, dimension: int) -> "Rollup":
        """Return the part of one dimension; its keys are values."""
        # By the keys' own type: else they would all be converted for the search.
        bounds = np.array([dimension, dimension + 1], np.uint32) << VALUE_BITS
        start, end = self.keys.searchsorted(bounds)
        part = slice(int(start), int(end))
        return Rollup(
            self.keys[part] & VALUE_MASK,
            self.people[part],
            self.machines[part],
            self.visitors[part],
        )


def encode_rollup(rollup: Rollup, *, is_compressed: bool = False) -> bytes:
    """Return *rollup* as bytes."""
    counts = rollup[1:]
    most = max((int(numbers.max()) for numbers in counts if len(numbers)), default=0)
    width = next(width for width in _TYPES if most < 1 << 8 * width)
    parts = [rollup.keys.astype(_KEY), *(part.astype(_TYPES[width]) for part in counts)]
    body = b"".join(part.tobytes() for part in parts)
    if is_compressed:
        return bytes([_COMPRESSED | width]) + zlib.compress(body)
    return bytes([width]) + body


def decode_rollup(data: bytes) -> Rollup:
    """Return the roll-up that *data* holds.

    Raises:
        ValueError: It holds none.
    """
    form = data[0] if data else 0
    kind = _TYPES.get(form & ~_COMPRESSED)
    if kind is None:
        raise ValueError(f"there is no roll-up of form {form}")
    # Behind the form: cutting it off would copy all the rest.
    body, start = (_decompressed(data[1:]), 0) if form & _COMPRESSED else (data, 1)
    size, rest = divmod(len(body) - start, _KEY.itemsize + 3 * kind.itemsize)
    if rest:
        raise ValueError(f"a roll-up of form {form} cannot have {len(body)} bytes")
    counts, step = start + size * _KEY.itemsize, size * kind.itemsize
    return Rollup(
        np.frombuffer(body, _KEY, size, start),
        *(np.frombuffer(body, kind, size, counts + at * step) for at in range(3)),
    )


def _decompressed(body: bytes) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error as error:
        raise ValueError("a roll-up cannot be decompressed") from error
