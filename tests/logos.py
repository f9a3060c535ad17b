"""Logos for QR codes, and images that are none."""

import struct
import zlib
from collections.abc import Sequence

from waypost.domain.qr.logos import logo_url
from waypost.domain.qr.pixels import SIGNATURE

COLORS_ALPHA = 6
RED = b"\xff\x00\x00\xff"


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a part of a PNG."""
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def png(  # the fields of a header
    rows: Sequence[bytes],
    *,
    width: int,
    height: int | None = None,
    depth: int = 8,
    color: int = COLORS_ALPHA,
    interlace: int = 0,
    more: bytes = b"",
) -> bytes:
    """Return a PNG of *rows*, each with its filter before it."""
    sizes = width, len(rows) if height is None else height
    header = struct.pack(">IIBBBBB", *sizes, depth, color, 0, 0, interlace)
    data = chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return SIGNATURE + chunk(b"IHDR", header) + more + data + chunk(b"IEND", b"")


def svg(inside: str = "", attributes: str = "") -> bytes:
    """Return an SVG with these elements and attributes."""
    start = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"'
    names = ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{start}{names} {attributes}>{inside}</svg>".encode()


PNG = png([b"\0" + RED * 8] * 8, width=8)
PNG_LOGO = logo_url(PNG)
SVG_LOGO = logo_url(svg('<circle cx="1" cy="1" r="1" fill="#2f7d32"/>'))
