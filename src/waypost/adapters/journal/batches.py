"""Reading the clicks of a journal from a position on, batch by batch."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar

from waypost.adapters.journal.format import HEADER_BYTES, decode_header
from waypost.adapters.journal.scan import (
    CHUNK_BYTES,
    Damage,
    Ending,
    Scan,
    scan,
)
from waypost.adapters.journal.segments import segment_numbers, segment_path
from waypost.domain.errors import BackendUnavailable
from waypost.ports.clicks import DamagedRecord
from waypost.ports.storage import JournalPosition

START = JournalPosition(0, 0)
"""Before every click of a journal."""

_Record = TypeVar("_Record")


class Extent(Protocol):
    """Which bytes of a journal may be read."""

    @property
    def segments(self) -> list[int]:
        """The numbers of the segments, oldest first."""
        ...

    def end(self, number: int) -> int:
        """Return how many bytes of segment *number* may be read."""
        ...


class FolderExtent:
    """Whatever files are there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def segments(self) -> list[int]:
        """The numbers of the segments, oldest first."""
        return segment_numbers(self.folder)

    def end(self, number: int) -> int:
        """Return how long segment *number* is. Raises OSError."""
        return segment_path(self.folder, number).stat().st_size


class Batch(NamedTuple, Generic[_Record]):
    """Consecutive records of a journal."""

    records: list[_Record]
    damaged: list[DamagedRecord]
    position: JournalPosition
    """Where the next batch begins."""
    more: bool
    """Whether the journal is known to hold more."""


class _Chunk(NamedTuple):
    """Bytes of a segment that were read and hold more than one slice."""

    segment: int
    offset: int
    content: bytes


class BatchReader(Generic[_Record]):
    """Reads one batch, in slices between which the event loop gets a turn."""

    def __init__(  # what to read, and how
        self,
        folder: Path,
        extent: Extent,
        *,
        whole: bool,
        decode: Callable[[bytes], _Record | None],
        slice_records: int,
    ) -> None:
        """Read what *extent* says of *folder*, *slice_records* in a turn of the loop.

        *whole*: no record is being written at the end of the newest segment.
        *decode* returns the record in a payload, or None if there is none.
        """
        self._folder = folder
        self._extent = extent
        self._whole = whole
        self._decode = decode
        self._slice_records = slice_records
        self._chunk = _Chunk(0, 0, b"")

    async def read(self, position: JournalPosition, *, limit: int) -> Batch[_Record]:
        """Read slice after slice; damage ends the batch, so that it stays small.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        records: list[_Record] = []
        damaged: list[DamagedRecord] = []
        while len(records) < limit and not damaged:
            try:
                position, found = self._read_slice(
                    position, limit=min(self._slice_records, limit - len(records))
                )
            except OSError as error:
                raise BackendUnavailable from error
            if found is None:
                break
            records += found.records
            if found.damage:
                damaged.append(_damaged_record(position.segment, found.damage))
            position = JournalPosition(position.segment, found.offset)
            await asyncio.sleep(0)
        more = len(records) >= limit or bool(damaged)
        return Batch(records, damaged, position, more)

    def _read_slice(
        self, position: JournalPosition, *, limit: int
    ) -> tuple[JournalPosition, Scan[_Record] | None]:
        """Return where the slice was found, and the slice; None: no more clicks."""
        segments = [at for at in self._extent.segments if at >= position.segment]
        for number in segments:
            newest = number == segments[-1]
            offset = position.offset if number == position.segment else 0
            found = self._scan(number, offset, newest=newest, limit=limit)
            if found.offset != offset:
                return JournalPosition(number, offset), found
            if newest:
                return JournalPosition(number, offset), None
        return position, None

    def _scan(
        self, number: int, offset: int, *, newest: bool, limit: int
    ) -> Scan[_Record]:
        try:
            end = self._extent.end(number)
            if offset >= end:
                return Scan([], None, offset)
            if offset < HEADER_BYTES:
                return self._past_header(number)
            found = self._scan_chunk(number, offset, end, newest=newest, limit=limit)
            if found is None or found.offset == offset:
                self._chunk = _read_chunk(self._folder, number, offset, end)
                found = self._scan_chunk(
                    number, offset, end, newest=newest, limit=limit
                )
        except FileNotFoundError:  # it was counted and deleted meanwhile
            found = None
        return found or Scan([], None, offset)

    def _scan_chunk(
        self, number: int, offset: int, end: int, *, newest: bool, limit: int
    ) -> Scan[_Record] | None:
        """Scan what was read before, if *offset* lies in it."""
        chunk = self._chunk
        chunk_end = chunk.offset + len(chunk.content)
        if chunk.segment != number or not chunk.offset <= offset < chunk_end:
            return None
        ending = Ending.WHOLE if self._whole or not newest else Ending.OPEN
        if chunk_end < end:
            ending = Ending.MORE
        content = chunk.content[offset - chunk.offset :]
        return scan(content, offset, ending, limit=limit, decode=self._decode)

    def _past_header(self, number: int) -> Scan[_Record]:
        with segment_path(self._folder, number).open("rb", buffering=0) as file:
            content = file.read(HEADER_BYTES)
        damage = None
        if decode_header(content) is None:
            damage = Damage(0, content, "damaged header")
        return Scan([], damage, len(content))


def _read_chunk(folder: Path, number: int, offset: int, end: int) -> _Chunk:
    with segment_path(folder, number).open("rb", buffering=0) as file:
        content = os.pread(file.fileno(), min(CHUNK_BYTES, end - offset), offset)
    return _Chunk(number, offset, content)


def _damaged_record(segment: int, damage: Damage) -> DamagedRecord:
    position = JournalPosition(segment, damage.offset)
    return DamagedRecord(position, damage.content, damage.reason)
