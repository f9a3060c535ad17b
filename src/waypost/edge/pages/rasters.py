"""PNGs of QR codes with a logo: the modules, and the logo's pixels in their middle."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from operator import add, mul
from typing import Final

from waypost.domain.qr.pixels import SIGNATURE, Pixels
from waypost.edge.pages.plates import plate_side
from waypost.wire.qr_request import QrStyle

_COLORS_ALPHA: Final = 6
_AS_IT_IS: Final = b"\0"
_AS_ABOVE: Final = b"\2"
"""Filters of a row. One that is as the row above it is written as zeros."""


def drawn_png(matrix: Sequence[bytearray], style: QrStyle, logo: Pixels) -> bytes:
    """Return the image of the code *matrix* with *logo* on its plate."""
    side = len(matrix)
    scale = max(1, style.size // (side + 2 * style.margin))
    width = (side + 2 * style.margin) * scale
    room = max(1, (plate_side(side) - 1) * scale)
    shown = on_background(fitted(logo, room), style.background)
    image = _Image(_rows(matrix, style, scale), shown, width)
    packing = zlib.compressobj()
    packed = b"".join(map(packing.compress, image.lines(scale))) + packing.flush()
    header = struct.pack(">IIBBBBB", width, width, 8, _COLORS_ALPHA, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def fitted(logo: Pixels, room: int) -> Pixels:
    """Return *logo* as large as it may be, in its proportions, in *room* pixels."""
    longest = max(logo.width, logo.height)
    width = max(1, logo.width * room // longest)
    height = max(1, logo.height * room // longest)
    shrink = _averaged if room < longest else _repeated
    return shrink(logo, width, height)


def on_background(image: Pixels, background: str | None) -> Pixels:
    """Return *image* on a background, with colors that are not times alpha."""
    below = None if background is None else bytes.fromhex(background[1:])
    known: dict[bytes, bytes] = {}
    # Many rows of an image that was enlarged are one and the same.
    for row in set(image.rows):
        known[row] = _placed(row, below)
    rows = tuple(known[row] for row in image.rows)
    return Pixels(image.width, image.height, rows)


class _Image:
    """The rows of a code, with a logo over those in the middle."""

    def __init__(self, rows: Iterator[bytes], logo: Pixels, width: int) -> None:
        self._rows = rows
        self._logo = logo
        self._left = (width - logo.width) // 2 * 4
        self._top = (width - logo.height) // 2

    def lines(self, scale: int) -> Iterator[bytes]:
        """Yield the lines of pixels, *scale* of each row, with their filters."""
        logo, y = self._logo, 0
        for row in self._rows:
            before = b""
            for _ in range(scale):
                line = row
                if 0 <= y - self._top < logo.height:
                    line = self._with(row, logo.rows[y - self._top])
                same = line is before or line == before
                yield _AS_ABOVE + bytes(len(row)) if same else _AS_IT_IS + line
                before, y = line, y + 1

    def _with(self, row: bytes, part: bytes) -> bytes:
        return row[: self._left] + part + row[self._left + len(part) :]


def _rows(matrix: Sequence[bytearray], style: QrStyle, scale: int) -> Iterator[bytes]:
    """Yield the pixels of each row of modules, the margin's included."""
    dark = (bytes.fromhex(style.color[1:]) + b"\xff") * scale
    light = bytes(4) * scale
    if style.background is not None:
        light = (bytes.fromhex(style.background[1:]) + b"\xff") * scale
    empty = light * (len(matrix) + 2 * style.margin)
    edge = light * style.margin
    yield from [empty] * style.margin
    for row in matrix:
        yield edge + b"".join([dark if each else light for each in row]) + edge
    yield from [empty] * style.margin


def _repeated(logo: Pixels, width: int, height: int) -> Pixels:
    """Return *logo* with each pixel as often as it takes."""
    columns = [x * logo.width // width * 4 for x in range(width)]
    enlarged = [b"".join([row[x : x + 4] for x in columns]) for row in logo.rows]
    rows = tuple(enlarged[y * logo.height // height] for y in range(height))
    return Pixels(width, height, rows)


def _averaged(logo: Pixels, width: int, height: int) -> Pixels:
    """Return *logo* with the mean of the pixels that fall into each one."""
    rows = []
    columns = list(_spans(logo.width, width))
    for top, bottom in _spans(logo.height, height):
        sums = list(logo.rows[top])
        for row in logo.rows[top + 1 : bottom]:
            sums = list(map(add, sums, row))
        rows.append(
            bytes(
                sum(sums[4 * left + channel : 4 * right : 4])
                // ((right - left) * (bottom - top))
                for left, right in columns
                for channel in range(4)
            )
        )
    return Pixels(width, height, tuple(rows))


def _spans(length: int, parts: int) -> Iterator[tuple[int, int]]:
    """Yield where each part begins and ends, none of them empty."""
    for part in range(parts):
        start = part * length // parts
        yield start, max(start + 1, (part + 1) * length // parts)


def _placed(row: bytes, below: bytes | None) -> bytes:
    alphas = row[3::4]
    if min(alphas) == 255:
        return row
    placed = bytearray(row)
    for channel in range(3):
        colors = row[channel::4]
        if below is None:
            whole = zip(colors, alphas, strict=True)
            found = [min(255, c * 255 // a) if a else 0 for c, a in whole]
        else:
            gaps = map(mul, (255 - a for a in alphas), [below[channel]] * len(alphas))
            found = [c + gap // 255 for c, gap in zip(colors, gaps, strict=True)]
        placed[channel::4] = bytes(found)
    if below is not None:
        placed[3::4] = b"\xff" * len(alphas)
    return bytes(placed)


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)
