"""The pixels of a PNG (ISO/IEC 15948), for logos: small ones, in the usual forms.

Sizes are read from the header first, and no more is unpacked than they say, so that
a small file cannot become large.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from operator import mul
from typing import Final

from waypost.domain.qr.errors import InvalidLogo

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_SIDE: Final = 512
"""Pixels of a logo on each side: more are not seen in a code, and take long."""

_GREY, _COLORS, _PALETTE, _GREY_ALPHA, _COLORS_ALPHA = 0, 2, 3, 4, 6
_CHANNELS: Final = {
    _GREY: 1,
    _COLORS: 3,
    _PALETTE: 1,
    _GREY_ALPHA: 2,
    _COLORS_ALPHA: 4,
}
_DEPTHS: Final = {_GREY: (1, 2, 4, 8), _PALETTE: (1, 2, 4, 8)}
_HEADER: Final = struct.Struct(">IIBBBBB")
_OPAQUE: Final = 255


@dataclass(frozen=True, slots=True)
class Pixels:
    """An image: four bytes each of red, green and blue, times alpha, and alpha."""

    width: int
    height: int
    rows: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    depth: int
    color: int

    @property
    def bits(self) -> int:
        """Return how many bits a pixel has."""
        return self.depth * _CHANNELS[self.color]

    @property
    def row_bytes(self) -> int:
        """Return how long a row is, without its filter."""
        return (self.width * self.bits + 7) // 8


def decoded_png(content: bytes) -> Pixels:
    """Return the image in *content*.

    Raises:
        InvalidLogo: It is damaged, too large, or in a form that is not read here.
    """
    chunks = list(_chunks(content))
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise InvalidLogo("The PNG is damaged: it has no header or no end.")
    header = _header(chunks[0][1])
    parts = {b"PLTE": b"", b"tRNS": b"", b"IDAT": b""}
    for name, data in chunks[1:-1]:
        if name in parts:
            parts[name] += data
        elif name[0:1].isupper() or name == b"acTL":
            raise InvalidLogo("The PNG is no single still image.")
    samples = _unfiltered(_unpacked(parts[b"IDAT"], header), header)
    expand = _Expansion(header, parts[b"PLTE"], parts[b"tRNS"])
    rows = tuple(_premultiplied(expand(row)) for row in samples)
    return Pixels(header.width, header.height, rows)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not content.startswith(SIGNATURE):
        raise InvalidLogo("This is no PNG.")
    place = len(SIGNATURE)
    while place < len(content):
        (length,) = struct.unpack_from(">I", content.ljust(place + 4, b"\0"), place)
        end = place + 12 + length
        if end > len(content):
            raise InvalidLogo("The PNG is damaged: it ends too early.")
        body = content[place + 4 : end - 4]
        if zlib.crc32(body) != int.from_bytes(content[end - 4 : end]):
            raise InvalidLogo("The PNG is damaged: a checksum is wrong.")
        yield body[:4], body[4:]
        place = end


def _header(data: bytes) -> _Header:
    if len(data) != _HEADER.size:
        raise InvalidLogo("The PNG is damaged: its header is wrong.")
    width, height, depth, color, packing, filtering, interlace = _HEADER.unpack(data)
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise InvalidLogo(
            f"The PNG has {width} x {height} pixels: a logo has {MAX_SIDE} on each "
            "side at most."
        )
    if color not in _CHANNELS or depth not in _DEPTHS.get(color, (8,)):
        raise InvalidLogo("Save the PNG with 8 bits for each color.")
    if packing or filtering or interlace:
        raise InvalidLogo("Save the PNG without interlacing.")
    return _Header(width, height, depth, color)


def _unpacked(data: bytes, header: _Header) -> bytes:
    size = (header.row_bytes + 1) * header.height
    try:
        found = zlib.decompressobj().decompress(data, size + 1)
    except zlib.error:
        raise InvalidLogo("The PNG is damaged: it cannot be unpacked.") from None
    if len(found) != size:
        raise InvalidLogo("The PNG is damaged: its size is not what its header says.")
    return found


def _unfiltered(data: bytes, header: _Header) -> Iterator[bytes]:
    """Yield the rows of *data* as they were before they were filtered."""
    step = max(1, header.bits // 8)
    above = bytes(header.row_bytes)
    for start in range(0, len(data), header.row_bytes + 1):
        row = bytearray(data[start + 1 : start + 1 + header.row_bytes])
        _unfilter(data[start], row, above, step)
        above = bytes(row)
        yield above


def _unfilter(kind: int, row: bytearray, above: bytes, step: int) -> None:
    if kind == 1:
        for i in range(step, len(row)):
            row[i] = (row[i] + row[i - step]) & 255
    elif kind == 2:
        row[:] = bytes((one + up) & 255 for one, up in zip(row, above, strict=True))
    elif kind == 3:
        for i, up in enumerate(above):
            left = row[i - step] if i >= step else 0
            row[i] = (row[i] + (left + up) // 2) & 255
    elif kind == 4:
        for i, up in enumerate(above):
            left, corner = (row[i - step], above[i - step]) if i >= step else (0, 0)
            row[i] = (row[i] + _nearest(left, up, corner)) & 255
    elif kind:
        raise InvalidLogo("The PNG is damaged: it has an unknown filter.")


def _nearest(left: int, up: int, corner: int) -> int:
    """Return Paeth's guess (ISO/IEC 15948, 9.4)."""
    to_left, to_up = abs(up - corner), abs(left - corner)
    to_corner = abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


class _Expansion:
    """Returns a row with four bytes for each pixel."""

    def __init__(self, header: _Header, palette: bytes, transparent: bytes) -> None:
        self._header = header
        self._clear = transparent[1::2] if header.color == _COLORS else b""
        self._table = _table(header, palette, transparent)

    def __call__(self, row: bytes) -> bytearray:
        header = self._header
        if header.color == _COLORS_ALPHA:
            return bytearray(row)
        width = header.width
        if self._table:
            samples = _samples(row, header.depth)[:width]
            try:
                return bytearray(b"".join([self._table[each] for each in samples]))
            except IndexError:
                raise InvalidLogo("The PNG is damaged: a color is missing.") from None
        whole = bytearray(width * 4)
        step = _CHANNELS[header.color]
        for place in range(3):
            whole[place::4] = row[place if step == 3 else 0 :: step]
        whole[3::4] = row[1::2] if step == 2 else bytes([_OPAQUE]) * width
        if len(self._clear) == 3:
            for start in range(0, len(whole), 4):
                if whole[start : start + 3] == self._clear:
                    whole[start + 3] = 0
        return whole


def _table(header: _Header, palette: bytes, transparent: bytes) -> list[bytes]:
    """Return the color of each sample; empty: the samples are the colors."""
    if header.color == _PALETTE:
        alphas = transparent.ljust(len(palette) // 3, b"\xff")
        if len(palette) < 3:
            raise InvalidLogo("The PNG is damaged: it has no palette.")
        return [
            palette[3 * n : 3 * n + 3] + alphas[n : n + 1]
            for n in range(len(palette) // 3)
        ]
    if header.color != _GREY:
        return []
    clear = int.from_bytes(transparent) if len(transparent) == 2 else -1
    most = 2**header.depth - 1
    return [
        bytes([n * 255 // most] * 3 + [0 if n == clear else _OPAQUE])
        for n in range(most + 1)
    ]


def _samples(row: bytes, depth: int) -> bytes:
    """Return a byte for each sample."""
    if depth == 8:
        return row
    shifts, most = range(8 - depth, -1, -depth), 2**depth - 1
    return bytes(each >> shift & most for each in row for shift in shifts)


def _premultiplied(row: bytearray) -> bytes:
    alphas = row[3::4]
    if min(alphas) < _OPAQUE:
        for place in range(3):
            products = map(mul, row[place::4], alphas)
            row[place::4] = bytes([each // _OPAQUE for each in products])
    return bytes(row)
