"""The room for a logo in a QR code: what it covers can be repaired."""

from importlib import import_module
from typing import Final

import pytest

from tests.logos import SVG_LOGO
from waypost.domain.qr.logos import logo_in
from waypost.edge.pages.drawing import qr_image
from waypost.edge.pages.plates import plate_side
from waypost.wire.qr_request import QrForm, QrStyle

consts: Final = import_module("segno.consts")
encoder: Final = import_module("segno.encoder")
"""Which have no types of their own."""

USED_AT_MOST = 0.5
"""Of what a code can repair, in each of its blocks."""
FIRST_AT_QUARTILE = 30
"""The level Q is for what is too long for H: 1,273 bytes, and Q has that from here."""


def blocks_of(version: int, level: int) -> tuple[list[int], int]:
    """Return the block of each codeword in the order in which they are placed.

    And how many wrong codewords a block repairs: half of those for correction.
    """
    blocks = [one for one in consts.ECC[version][level] for _ in range(one.num_blocks)]
    most = max(one.num_data for one in blocks)
    order = [
        number
        for place in range(most)
        for number, one in enumerate(blocks)
        if place < one.num_data
    ]
    correcting = blocks[0].num_total - blocks[0].num_data
    return order + [*range(len(blocks))] * correcting, correcting // 2


def covered(version: int, order: list[int]) -> list[int]:
    """Return how many codewords of each block the plate of a version covers."""
    side = 17 + 4 * version
    matrix = [list(row) for row in encoder.make_matrix(side, side)]
    encoder.add_finder_patterns(matrix, side, side)
    encoder.add_alignment_patterns(matrix, side, side)
    free = sum(module == 2 for row in matrix for module in row)
    bits = [10 + bit for bit in range(8 * len(order))]
    encoder.add_codewords(matrix, bits + [-1] * (free - len(bits)), version)
    start = (side - plate_side(side)) // 2
    middle = slice(start, start + plate_side(side))
    hit = {(bit - 10) // 8 for row in matrix[middle] for bit in row[middle] if bit > 9}
    counts = [0] * (max(order) + 1)
    for codeword in hit:
        counts[order[codeword]] += 1
    return counts


@pytest.mark.parametrize(
    ("version", "level"),
    [
        *((version, consts.ERROR_LEVEL_H) for version in range(1, 41)),
        *((n, consts.ERROR_LEVEL_Q) for n in range(FIRST_AT_QUARTILE, 41)),
    ],
)
def test_a_logo_leaves_half_of_the_correction(version: int, level: int) -> None:
    """In each block, a logo covers at most half of what can be repaired."""
    order, repaired = blocks_of(version, level)
    counts = covered(version, order)
    assert any(counts)
    assert max(counts) <= USED_AT_MOST * repaired


def test_a_plate_is_in_the_middle() -> None:
    """Its side is odd, as those of all codes are."""
    assert {plate_side(17 + 4 * version) % 2 for version in range(1, 41)} == {1}


def test_a_text_that_is_long_has_a_logo_too() -> None:
    """At level Q where H holds too little; what is too long for that is refused."""
    for length in (1_273, 1_663):
        image = qr_image("a" * length, QrForm.SVG, QrStyle(), logo_in(SVG_LOGO))
        assert b"<image" in image
    with pytest.raises(ValueError, match="too large"):
        qr_image("a" * 1_664, QrForm.SVG, QrStyle(), logo_in(SVG_LOGO))
