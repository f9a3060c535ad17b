"""Reading the clicks of a journal from a position on, batch by batch."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar

from waypost.adapters.journal.files.scan import CHUNK_BYTES, Damage, Ending, Scan, scan
from waypost.adapters.journal.files.segments import Segment, list_segments
from waypost.domain.clicks import START, JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import DamagedRecord
from waypost.wire.journal_record import HEADER_BYTES, decode_header

_Record = TypeVar("_Record")


class Extent(Protocol):
    """Which bytes of a folder may be read."""

    @property
    def segments(self) -> list[Segment]:
        """The segments, oldest first. Raises OSError."""
        ...

    def end(self, segment: Segment) -> int:
        """Return how many bytes of *segment* may be read. Raises OSError."""
        ...


class FolderExtent:
    """All files that exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def segments(self) -> list[Segment]:
        """The segments, oldest first. Raises OSError."""
        return list_segments(self.folder)

    def end(self, segment: Segment) -> int:
        """Return how long *segment* is. Raises OSError."""
        return segment.path.stat().st_size


async def first_position(
    extent: Extent, positions: Callable[[str], Awaitable[JournalPosition | None]]
) -> JournalPosition | None:
    """Return where to begin reading: where the newest journal was left that was read.

    Journals are read one after another, so those before it have been read. None: no
    journal was.
    *positions* returns up to where a journal has been read. That may be in a copy of
    the folder, in which its segments go on: here others have their numbers.

    Raises:
        BackendUnavailable: The disk refuses.
    """
    try:
        segments = extent.segments
    except OSError as error:
        raise BackendUnavailable from error
    newest = {segment.journal: segment.number for segment in segments}
    for journal in sorted(newest, key=newest.__getitem__, reverse=True):
        position = await positions(journal)
        if position is not None and position > START:
            return min(position, JournalPosition(newest[journal] + 1, 0))
    return None


class Batch(NamedTuple, Generic[_Record]):
    """Consecutive records of one journal."""

    journal: str
    """The journal of the segment in which *position* lies; empty: nothing was read."""
    records: list[_Record]
    damaged: list[DamagedRecord]
    position: JournalPosition
    """Where the next batch begins."""
    more: bool
    """Whether the journal is known to hold more."""


class _Chunk(NamedTuple):
    """Bytes of a segment that were read and hold more than one slice."""

    segment: Segment | None
    offset: int
    content: bytes


class BatchReader(Generic[_Record]):
    """Reads one batch, in slices between which the event loop gets a turn."""

    def __init__(  # what to read, and how
        self,
        extent: Extent,
        *,
        whole: bool,
        decode: Callable[[bytes], _Record | None],
        slice_records: int,
    ) -> None:
        """Read what *extent* says, *slice_records* in a turn of the event loop.

        *whole*: no record is being written at the end of the newest segment.
        *decode* returns the record in a payload, or None if there is none.
        """
        self._extent = extent
        self._whole = whole
        self._decode = decode
        self._slice_records = slice_records
        self._chunk = _Chunk(None, 0, b"")

    async def read(self, position: JournalPosition, *, limit: int) -> Batch[_Record]:
        """Read slice after slice, up to the end of a journal.

        Damage ends the batch, so that it stays small.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        journal = ""
        records: list[_Record] = []
        damaged: list[DamagedRecord] = []
        more = False
        while not more:
            try:
                slice_ = self._read_slice(
                    position, limit=min(self._slice_records, limit - len(records))
                )
            except OSError as error:
                raise BackendUnavailable from error
            if slice_ is None:
                break
            segment, found = slice_
            if records and segment.journal != journal:
                more = True
                break
            journal = segment.journal
            records += found.records
            if found.damage:
                damaged.append(_damaged_record(segment.number, found.damage))
            position = JournalPosition(segment.number, found.offset)
            more = len(records) >= limit or bool(damaged)
            await asyncio.sleep(0)
        return Batch(journal, records, damaged, position, more)

    def _read_slice(
        self, position: JournalPosition, *, limit: int
    ) -> tuple[Segment, Scan[_Record]] | None:
        """Return the next slice that holds anything; None: there is no more."""
        segments = [at for at in self._extent.segments if at.number >= position.segment]
        for segment in segments:
            newest = segment is segments[-1]
            offset = position.offset if segment.number == position.segment else 0
            found = self._scan(segment, offset, newest=newest, limit=limit)
            if found.offset != offset:
                return segment, found
        return None

    def _scan(
        self, segment: Segment, offset: int, *, newest: bool, limit: int
    ) -> Scan[_Record]:
        try:
            end = self._extent.end(segment)
            if offset >= end:
                return Scan([], None, offset)
            if offset < HEADER_BYTES:
                return _past_header(segment.path)
            found = self._scan_chunk(segment, offset, end, newest=newest, limit=limit)
            if found is None or found.offset == offset:
                self._chunk = _read_chunk(segment, offset, end)
                found = self._scan_chunk(
                    segment, offset, end, newest=newest, limit=limit
                )
        except FileNotFoundError:  # it was counted and deleted meanwhile
            found = None
        return found or Scan([], None, offset)

    def _scan_chunk(
        self, segment: Segment, offset: int, end: int, *, newest: bool, limit: int
    ) -> Scan[_Record] | None:
        """Scan what was read before, if *offset* lies in it."""
        chunk = self._chunk
        chunk_end = chunk.offset + len(chunk.content)
        if chunk.segment != segment or not chunk.offset <= offset < chunk_end:
            return None
        ending = Ending.WHOLE if self._whole or not newest else Ending.OPEN
        if chunk_end < end:
            ending = Ending.MORE
        content = chunk.content[offset - chunk.offset :]
        return scan(content, offset, ending, limit=limit, decode=self._decode)


def _past_header(path: Path) -> Scan[_Record]:
    with path.open("rb", buffering=0) as file:
        content = file.read(HEADER_BYTES)
    damage = None
    if decode_header(content) is None:
        damage = Damage(0, content, "damaged header")
    return Scan([], damage, len(content))


def _read_chunk(segment: Segment, offset: int, end: int) -> _Chunk:
    with segment.path.open("rb", buffering=0) as file:
        content = os.pread(file.fileno(), min(CHUNK_BYTES, end - offset), offset)
    return _Chunk(segment, offset, content)


def _damaged_record(segment: int, damage: Damage) -> DamagedRecord:
    position = JournalPosition(segment, damage.offset)
    return DamagedRecord(position, damage.content, damage.reason)
