"""The journal's bytes, format 1: the header of a segment, and records of clicks.

    segment = header, record, record, …
    header  = magic, journal id, segment number, 64 last sequences used, CRC-32
    record  = length and CRC-32 of the payload, payload
    payload = MessagePack array: lane, sequence, array of the click's fields, of which
              the address holds the country too, and the sender what the link has
              chosen (`wire/click_origin.py`)

Numbers are little-endian. `contracts/journal-record` pins the bytes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple
from zlib import crc32

import msgspec

from waypost.domain.clicks import LANES, Click
from waypost.wire.click_origin import whole

MAX_PAYLOAD = 0xFFFF
"""Longest payload in bytes; `RECORD_START` relies on it. More is damage."""

_MAGIC = b"WPJRNL\x00\x01"
_BODY = Struct(f"<8s32sQ{LANES}Q")
_CHECKSUM = Struct("<I")

HEADER_BYTES = _BODY.size + _CHECKSUM.size
"""Length of a segment's header: where its first record begins."""

PREFIX = Struct("<II")
"""The bytes before a payload: its length and its CRC-32."""

RECORD_START = re.compile(rb"..\x00\x00....\x93[\x00-\x3f]", re.DOTALL)
"""What every record begins with: finds candidates after damage, at C's speed."""

encode_payload = msgspec.msgpack.Encoder().encode
"""Encode `(lane, sequence, fields of the click)`.

Raises ValueError or OverflowError."""


class ClickHead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What counting needs of a `Click`: its first fields.

    Only they are decoded, and not for the garbage collector to look at: thousands of
    clicks are read between two redirects.
    """

    time_ns: int
    code: str
    link_id: int


class RecordedClick(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A click as it stands in a journal, which supplies the identity."""

    lane: int
    sequence: int
    click: ClickHead


_decode_head = msgspec.msgpack.Decoder(RecordedClick).decode


def decode_head(payload: bytes) -> RecordedClick | None:
    """Return what counting needs of the click in *payload*, or None: there is none."""
    try:
        record = _decode_head(payload)
    except ValueError:
        return None
    return record if 0 <= record.lane < LANES and record.sequence > 0 else None


class WholeClick(NamedTuple):
    """All data that a journal holds of a click, except the journal's id."""

    lane: int
    sequence: int
    click: Click


_decode_whole = msgspec.msgpack.Decoder(WholeClick).decode


def decode_whole(payload: bytes) -> WholeClick | None:
    """Return the click in *payload*, or None: there is none."""
    try:
        record = _decode_whole(payload)
    except ValueError:
        return None
    if not 0 <= record.lane < LANES or record.sequence <= 0:
        return None
    return record._replace(click=whole(record.click))


def record_lane(record: bytes) -> int:
    """Return the lane of a whole record: one byte, behind the array's own."""
    return record[PREFIX.size + 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The content of a segment's header."""

    journal: str
    number: int
    last: tuple[int, ...]
    """By lane, the last sequence used when the segment was begun."""


def encode_header(*, journal: str, number: int, last: Sequence[int]) -> bytes:
    """Return the bytes of a segment's header."""
    body = _BODY.pack(_MAGIC, journal.encode(), number, *last)
    return body + _CHECKSUM.pack(crc32(body))


def decode_header(content: bytes) -> Header | None:
    """Return the header that *content* begins with, or None if it is damaged."""
    if len(content) < HEADER_BYTES:
        return None
    magic, journal, number, *last = _BODY.unpack_from(content)
    (checksum,) = _CHECKSUM.unpack_from(content, _BODY.size)
    if magic != _MAGIC or checksum != crc32(content[: _BODY.size]):
        return None
    return Header(journal=journal.decode(), number=number, last=tuple(last))
