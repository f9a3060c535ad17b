"""The plate: the modules in the middle of a QR code that make room for a logo."""

from collections.abc import Sequence
from typing import Final

_SHARE: Final = 0.22
"""Of each side. With it, a logo covers at most half of what the codes with logos can
repair, in each of their parts; the other half is left for dirt, creases and shadows."""


def plate_side(modules: int) -> int:
    """Return how many modules a plate has on each side, in a code of *modules*.

    It is odd, as codes are, so that it is in their middle.
    """
    most = int(modules * _SHARE)
    return most - 1 + most % 2


def clear_plate(matrix: Sequence[bytearray]) -> None:
    """Make the modules of the plate light."""
    side = plate_side(len(matrix))
    start = (len(matrix) - side) // 2
    for row in matrix[start : start + side]:
        row[start : start + side] = bytes(side)
