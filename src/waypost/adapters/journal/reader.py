"""The counting side of a journal: batches of clicks from a position on.

The event loop that reads also answers redirects, so it gets a turn after every
slice. Neither source waits for clicks, and what one has read it may read again.
"""

import asyncio
import os
from pathlib import Path
from typing import NamedTuple, Protocol

from waypost.adapters.journal.aside import keep_aside, report_damage
from waypost.adapters.journal.folder import JournalError, journal_id, unusable
from waypost.adapters.journal.format import HEADER_BYTES, decode_header
from waypost.adapters.journal.scan import (
    CHUNK_BYTES,
    Damage,
    Ending,
    Scan,
    scan,
)
from waypost.adapters.journal.segments import segment_numbers, segment_path
from waypost.adapters.journal.writer import ClickJournal
from waypost.domain.errors import BackendUnavailable
from waypost.ports.clicks import (
    ClickBatch,
    ClickSums,
    DamagedRecord,
    RecordedClick,
)
from waypost.ports.storage import JournalPosition
from waypost.telemetry.metrics import Metrics

_SLICE_CLICKS = 100
"""Clicks decoded in one turn of the event loop, which takes about 0.1 ms."""

_START = JournalPosition(0, 0)


class _Extent(Protocol):
    """Which bytes of a journal may be read."""

    @property
    def segments(self) -> list[int]: ...

    def end(self, number: int) -> int: ...


class JournalSource:
    """The clicks of a journal that this process writes; a `ClickSource`."""

    def __init__(self, journal: ClickJournal, *, metrics: Metrics) -> None:
        self._journal = journal
        self._folder = journal.folder.path
        self._metrics = metrics

    @property
    def journal(self) -> str:
        """The journal's id."""
        return self._journal.folder.journal

    def take(self, position: JournalPosition | None) -> ClickSums | None:
        """Return the sums of the clicks from *position* on, if they are in memory."""
        return self._journal.tail.take(position, last=self._journal.last)

    async def read(self, position: JournalPosition | None, *, limit: int) -> ClickBatch:
        """Return up to *limit* committed clicks from *position* on.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        journal = self._journal
        reader = _Reader(self._folder, journal, whole=True)
        batch = await reader.read(position or _START, limit=limit)
        if batch.position == journal.position:
            journal.tail.start(batch.position, last=journal.last)
        return batch

    async def set_aside(self, damaged: DamagedRecord) -> None:
        """Keep bytes that could not be read in the folder `damaged`.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        try:
            await asyncio.to_thread(keep_aside, self._folder, damaged)
        except OSError as error:
            raise BackendUnavailable from error
        report_damage(damaged, metrics=self._metrics)

    async def discard_before(self, position: JournalPosition) -> None:
        """Delete the segments that lie wholly before *position*.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        await self._journal.discard_before(position)


class FolderSource:
    """The clicks of any journal folder, which is only read; a `ClickSource`.

    It may be a backup, or the folder of a server that is running.
    """

    def __init__(self, folder: Path, *, metrics: Metrics) -> None:
        """Find out whose clicks they are.

        Raises:
            JournalError: The folder holds no journal.
        """
        self._extent = _FolderExtent(folder)
        self._metrics = metrics
        self.journal = _require_id(folder)

    def take(self, position: JournalPosition | None) -> ClickSums | None:
        """Return None: nothing is held in memory."""

    async def read(self, position: JournalPosition | None, *, limit: int) -> ClickBatch:
        """Return up to *limit* clicks from *position* on, up to a torn tail.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        reader = _Reader(self._extent.folder, self._extent, whole=False)
        return await reader.read(position or _START, limit=limit)

    async def set_aside(self, damaged: DamagedRecord) -> None:
        """Report the damage; nothing is deleted here, so nothing need be kept."""
        report_damage(damaged, metrics=self._metrics)

    async def discard_before(self, position: JournalPosition) -> None:
        """Delete nothing: somebody else's folder is only read."""


class _FolderExtent:
    """Whatever files are there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def segments(self) -> list[int]:
        return segment_numbers(self.folder)

    def end(self, number: int) -> int:
        return segment_path(self.folder, number).stat().st_size


class _Chunk(NamedTuple):
    """Bytes of a segment that were read and hold more than one slice."""

    segment: int
    offset: int
    content: bytes


class _Reader:
    """Reads one batch."""

    def __init__(self, folder: Path, extent: _Extent, *, whole: bool) -> None:
        self._folder = folder
        self._extent = extent
        self._whole = whole
        self._chunk = _Chunk(0, 0, b"")

    async def read(self, position: JournalPosition, *, limit: int) -> ClickBatch:
        """Read slice after slice; damage ends the batch, so that it stays small."""
        clicks: list[RecordedClick] = []
        damaged: list[DamagedRecord] = []
        while len(clicks) < limit and not damaged:
            try:
                position, found = self._read_slice(
                    position, limit=min(_SLICE_CLICKS, limit - len(clicks))
                )
            except OSError as error:
                raise BackendUnavailable from error
            if found is None:
                break
            clicks += found.clicks
            if found.damage:
                damaged.append(_damaged_record(position.segment, found.damage))
            position = JournalPosition(position.segment, found.offset)
            await asyncio.sleep(0)
        more = len(clicks) >= limit or bool(damaged)
        return ClickBatch(clicks, damaged, position, more)

    def _read_slice(
        self, position: JournalPosition, *, limit: int
    ) -> tuple[JournalPosition, Scan | None]:
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

    def _scan(self, number: int, offset: int, *, newest: bool, limit: int) -> Scan:
        try:
            end = self._extent.end(number)
            if offset >= end:
                return Scan([], None, offset)
            if offset < HEADER_BYTES:
                return _past_header(segment_path(self._folder, number))
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
    ) -> Scan | None:
        """Scan what was read before, if *offset* lies in it."""
        chunk = self._chunk
        chunk_end = chunk.offset + len(chunk.content)
        if chunk.segment != number or not chunk.offset <= offset < chunk_end:
            return None
        ending = Ending.WHOLE if self._whole or not newest else Ending.OPEN
        if chunk_end < end:
            ending = Ending.MORE
        content = chunk.content[offset - chunk.offset :]
        return scan(content, offset, ending, limit=limit)


def _read_chunk(folder: Path, number: int, offset: int, end: int) -> _Chunk:
    with segment_path(folder, number).open("rb", buffering=0) as file:
        content = os.pread(file.fileno(), min(CHUNK_BYTES, end - offset), offset)
    return _Chunk(number, offset, content)


def _past_header(path: Path) -> Scan:
    with path.open("rb", buffering=0) as file:
        content = file.read(HEADER_BYTES)
    damage = None
    if decode_header(content) is None:
        damage = Damage(0, content, "damaged header")
    return Scan([], damage, len(content))


def _damaged_record(segment: int, damage: Damage) -> DamagedRecord:
    position = JournalPosition(segment, damage.offset)
    return DamagedRecord(position, damage.content, damage.reason)


def _require_id(folder: Path) -> str:
    try:
        journal = journal_id(folder)
    except OSError as error:
        raise unusable(folder, error) from error
    if journal is None:
        raise JournalError(f"There is no click journal in {folder}.")
    return journal
