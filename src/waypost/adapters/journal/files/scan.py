"""Finding the clicks in a part of a segment, and the next click after damage."""

import os
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar
from zlib import crc32

from waypost.wire.journal_record import (
    HEADER_BYTES,
    MAX_PAYLOAD,
    PREFIX,
    RECORD_START,
    RecordedClick,
    decode_head,
)

CHUNK_BYTES = 128 * 1024
"""How much is read at once: more than the longest record, so that scans get on."""

_START_BYTES = 10
"""How many bytes `RECORD_START` needs to see."""

_CUT_OFF = "cut off"

_PREFIX_BYTES = PREFIX.size
_unpack_prefix = PREFIX.unpack_from

_Record = TypeVar("_Record")


class Ending(StrEnum):
    """What may follow the bytes at hand."""

    MORE = "more"
    """More bytes of the file."""
    OPEN = "open"
    """Nothing; a record that is cut off was torn, or is just being written."""
    WHOLE = "whole"
    """Nothing; the last record was written wholly."""


class Damage(NamedTuple):
    """Bytes that are not a record."""

    offset: int
    """Where in the segment they stand."""
    content: bytes
    reason: str


class Scan(NamedTuple, Generic[_Record]):
    """What a stretch holds."""

    records: list[_Record]
    damage: Damage | None
    """What ended the scan, if anything did."""
    offset: int
    """Where in the segment the next scan begins; the same: there is no more."""


def scan_segment(path: Path, *, whole: bool) -> Iterator[Scan[RecordedClick]]:
    """Yield all that a segment holds behind its header. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        end = os.fstat(file.fileno()).st_size
        offset = HEADER_BYTES
        while offset < end:
            found = scan_file(file.fileno(), offset, end=end, whole=whole, limit=1_000)
            if found.offset == offset:
                break
            yield found
            offset = found.offset


def scan_file(
    descriptor: int, offset: int, *, end: int, whole: bool, limit: int
) -> Scan[RecordedClick]:
    """Scan an open segment from *offset* on; it is readable up to *end*.

    *whole* says that a whole record ends there. Raises OSError.
    """
    if offset >= end:
        return Scan([], None, offset)
    content = os.pread(descriptor, min(CHUNK_BYTES, end - offset), offset)
    ending = Ending.WHOLE if whole else Ending.OPEN
    if offset + len(content) < end:
        ending = Ending.MORE
    return scan(content, offset, ending, limit=limit, decode=decode_head)


def scan(
    content: bytes,
    offset: int,
    ending: Ending,
    *,
    limit: int,
    decode: Callable[[bytes], _Record | None],
) -> Scan[_Record]:
    """Find up to *limit* records in the bytes at *offset*, up to the first damage.

    *decode* returns the record in a payload, or None if there is none.
    """
    records, at = _undamaged(content, limit, decode)
    while at < len(content) and len(records) < limit:
        payload, after, reason = _payload_at(content, at)
        record = None if payload is None else decode(payload)
        if record is None:
            after = _end_of_damage(content, at, reason, ending)
            if after == at:
                break
            damage = Damage(offset + at, content[at:after], reason)
            return Scan(records, damage, offset + after)
        records.append(record)
        at = after
    return Scan(records, None, offset + at)


def _undamaged(
    content: bytes, limit: int, decode: Callable[[bytes], _Record | None]
) -> tuple[list[_Record], int]:
    """Return up to *limit* records before the first oddity, and where they end.

    This loop sees every click, on the event loop that answers redirects.
    """
    records: list[_Record] = []
    at, end = 0, len(content) - _PREFIX_BYTES
    while at <= end and len(records) < limit:
        length, checksum = _unpack_prefix(content, at)
        start = at + _PREFIX_BYTES
        after = start + length
        payload = content[start:after]
        if len(payload) != length or crc32(payload) != checksum:
            break
        record = decode(payload)
        if record is None:
            break
        records.append(record)
        at = after
    return records, at


def _payload_at(content: bytes, at: int) -> tuple[bytes | None, int, str]:
    """Return the payload at *at*, its end, and what is wrong if it is no click.

    None: there is no payload.
    """
    start = at + PREFIX.size
    if start > len(content):
        return None, at, _CUT_OFF
    length, checksum = PREFIX.unpack_from(content, at)
    after = start + length
    if length > MAX_PAYLOAD:
        return None, at, "impossible length"
    if after > len(content):
        return None, at, _CUT_OFF
    payload = content[start:after]
    if crc32(payload) != checksum:
        return None, at, "checksum mismatch"
    return payload, after, "not a click"


def _end_of_damage(content: bytes, at: int, reason: str, ending: Ending) -> int:
    """Return where the damage at *at* ends; *at* itself: it may be no damage."""
    cut_off = reason is _CUT_OFF
    if cut_off and ending is Ending.MORE:
        return at
    for start in _record_starts(content, at + 1):
        payload, _, problem = _payload_at(content, start)
        # A record after a torn one proves that it was not torn, but damaged.
        # After damage, one that is cut off may be whole in the next stretch.
        may_go_on = problem is _CUT_OFF and not cut_off and ending is not Ending.WHOLE
        is_record = payload is not None and decode_head(payload) is not None
        if is_record or may_go_on:
            return start
    if cut_off and ending is Ending.OPEN:
        return at
    if ending is Ending.MORE:
        return len(content) - _START_BYTES + 1
    return len(content)


def _record_starts(content: bytes, at: int) -> Iterator[int]:
    while match := RECORD_START.search(content, at):
        yield match.start()
        at = match.start() + 1
