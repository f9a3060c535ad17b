"""The edge's side of the journal: clicks are on disk before they are answered.

    record → buffer → commit → one write to the active segment
                               ├ segment full → begin the next one
                               └ no room      → whole records stay, the rest is dropped

Everything here runs on the event loop's thread, so nothing is locked.
"""

import asyncio
import errno
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from zlib import crc32

import structlog

from waypost.adapters.journal.files.folder import JournalFolder, unusable
from waypost.adapters.journal.files.readers import forget_readers
from waypost.adapters.journal.files.segments import (
    Segment,
    begin_segment,
    list_segments,
)
from waypost.adapters.journal.writing.drops import DropReport
from waypost.adapters.journal.writing.progress import ReaderProgress
from waypost.adapters.journal.writing.recovery import Recovered, last_in, recover
from waypost.adapters.journal.writing.room import (
    BOUND_REACHED,
    Bounds,
    require_free_disk,
)
from waypost.adapters.journal.writing.tail import Tail
from waypost.domain.clicks import LANES, Click, JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.telemetry.metrics import Metrics
from waypost.wire.click_origin import RECORDED, without_country
from waypost.wire.journal_record import (
    HEADER_BYTES,
    MAX_PAYLOAD,
    PREFIX,
    encode_payload,
    record_lane,
)

SEAL_SECONDS = 600.0
"""How old a segment becomes before it is deleted although it is not full."""

_log = structlog.get_logger()

_CLOSED = -1
_pack_prefix = PREFIX.pack
_write = os.write


class ClickJournal:
    """A journal that is open for recording; a `ClickRecorder`."""

    def __init__(  # noqa: PLR0913  # what `open` gets, and what it has found
        self,
        folder: JournalFolder,
        found: Recovered,
        *,
        journal: str,
        readers: Sequence[str],
        bounds: Bounds,
        metrics: Metrics,
    ) -> None:
        self.folder = folder
        self.journal = journal
        self.readers = ReaderProgress(readers, sizes=self._sizes, metrics=metrics)
        self._last = [0] * LANES
        self._sealed = found.sizes
        self._sealed_bytes = sum(found.sizes.values())
        self._number = found.newest
        self._max_bytes = bounds.total
        # Counting frees sealed segments only: the active one must not take it all.
        self._segment_bytes = min(bounds.segment, bounds.total // 2)
        self._active: Segment | None = None
        self._file = _CLOSED
        self._size = 0
        self._limit = 0
        self._was_refused = False
        self._deleting = asyncio.Lock()
        self._begun = monotonic()
        self._buffer: list[bytes] = []
        self._links: list[int] = []
        self._newest_ns = 0
        self.tail = Tail(journal)
        self._tally = metrics.tally
        self._drops = DropReport(metrics.tally)
        metrics.journal_bytes.set_function(lambda: self.size)

    @classmethod
    def open(
        cls,
        folder: JournalFolder,
        *,
        journal: str,
        readers: Sequence[str],
        bounds: Bounds,
        metrics: Metrics,
    ) -> "ClickJournal":
        """Begin a journal, with an id that no other has, behind those in *folder*.

        *readers* are the names of all that read the folder; what each has passed is
        deleted. The first one is that by which clicks are counted. On a full disk the
        first segment is begun when there is room.

        Raises:
            JournalError: The segments cannot be read.
        """
        try:
            found = recover(folder.path)
            forget_readers(folder.path, keep=readers)
        except OSError as error:
            raise unusable(folder.path, error) from error
        opened = cls(
            folder,
            found,
            journal=journal,
            readers=readers,
            bounds=bounds,
            metrics=metrics,
        )
        with suppress(OSError):
            opened._begin_segment()
        return opened

    def record(self, click: Click, lane: int) -> None:
        """Take *click*; it is durable only after the next `commit`."""
        sequence = self._last[lane] + 1
        try:
            fields = without_country(click) if click.country else click[:RECORDED]
            payload = encode_payload((lane, sequence, fields))
        except (ValueError, OverflowError):
            self._drops.add(1, OSError(errno.EILSEQ, "a field cannot be encoded"))
            return
        length = len(payload)
        if length > MAX_PAYLOAD:
            self._drops.add(1, OSError(errno.EMSGSIZE, "the click is too long"))
            return
        self._last[lane] = sequence
        self._newest_ns = click.time_ns
        self._links.append(click.link_id)
        self._buffer.append(_pack_prefix(length, crc32(payload)) + payload)

    def commit(self) -> None:
        """Write every recorded click to the active segment; never raises."""
        buffer = self._buffer
        if not buffer:
            return
        content = b"".join(buffer)
        length = len(content)
        written = 0
        try:
            if self._size + length > self._limit:
                self._make_room(length)
            written = _write(self._file, content)
            while written < length:
                written += _write(self._file, content[written:])
        except OSError as error:
            self._keep_whole_records(written, error)
            return
        self._size += length
        buffer.clear()
        self._conclude(len(self._links))

    @property
    def position(self) -> JournalPosition:
        """Where the committed clicks end."""
        return JournalPosition(self._number, self._size)

    @property
    def last(self) -> list[int]:
        """By lane, the sequence of the last committed click."""
        last = self._last.copy()
        for record in self._buffer:
            last[record_lane(record)] -= 1
        return last

    def ended(self) -> dict[str, list[int]]:
        """Return the last sequences by lane of the journals before this one.

        Only those that still have segments here.

        Raises:
            JournalError: The segments cannot be read.
        """
        newest = {segment.journal: segment.path for segment in self._sealed}
        newest.pop(self.journal, None)
        try:
            return {journal: last_in(path) for journal, path in newest.items()}
        except OSError as error:
            raise unusable(self.folder.path, error) from error

    def close(self) -> None:
        """Commit what is recorded, and write no more."""
        self.commit()
        self._seal()

    @property
    def size(self) -> int:
        """Bytes of all segments on disk."""
        return self._sealed_bytes + self._size

    @property
    def segments(self) -> list[Segment]:
        """All segments of the folder, of this journal and earlier ones, oldest first.

        On a full disk this journal may have none.
        """
        return [*self._sealed, *([self._active] if self._active else [])]

    def _sizes(self) -> Iterable[tuple[Segment, int]]:
        return ((segment, self.end(segment)) for segment in self.segments)

    def end(self, segment: Segment) -> int:
        """Return how many bytes of *segment* are committed."""
        return self._sealed.get(segment, self._size)

    def ensure_recording(self) -> None:
        """Make sure that the next click is kept, as far as this can be known.

        A folder that was removed while in use is begun anew: this process is the only
        one that gives clicks the journal's id, so it may go on with it elsewhere.

        Raises:
            OSError: The next click would be dropped, or lost at a restart.
        """
        if not self.folder.is_in_place:
            self.folder.make_again()
            there = [segment.number for segment in list_segments(self.folder.path)]
            self._number = max([self._number, *there])
            _log.error("journal.folder_lost")
        require_free_disk(self.folder.path)
        if self._was_refused or not self._is_active_in_place:
            self._begin_segment()
            self._was_refused = False
        if self.size + MAX_PAYLOAD > self._max_bytes:
            raise OSError(errno.EDQUOT, BOUND_REACHED)

    @property
    def _is_active_in_place(self) -> bool:
        """Whether what is written to the active segment can be read again."""
        try:
            return self._active is not None and os.path.samestat(
                self._active.path.stat(), os.fstat(self._file)
            )
        except OSError:
            return False

    async def release(self, position: JournalPosition, *, reader: str) -> None:
        """Note that *reader* needs nothing before *position*; delete what none needs.

        The active segment is sealed first if all of it has been read and it is old:
        visitors' addresses shall not stay on the disk because no click follows.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        self.readers.move(reader, position)
        is_old = monotonic() >= self._begun + SEAL_SECONDS
        is_read = self.readers.slowest == self.position
        if is_old and is_read and self._size > HEADER_BYTES:
            with suppress(OSError):
                self._begin_segment()
        async with self._deleting:
            await self._delete(self._before(self.readers.slowest))
        await self.make_room()

    def _before(self, position: JournalPosition) -> list[Segment]:
        """Return the sealed segments that lie wholly before *position*."""
        return [
            segment
            for segment, size in self._sealed.items()
            if JournalPosition(segment.number, size) <= position
        ]

    async def make_room(self) -> None:
        """Delete what is counted, though not read by all, if clicks will be dropped.

        Otherwise a reader that hangs would have the clicks of all readers dropped.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        async with self._deleting:
            has_no_room = self._was_refused or self._is_nearly_full
            counted = self._before(self.readers[self.readers.first])
            while counted and has_no_room:
                oldest = counted.pop(0)
                size = self._sealed[oldest]
                await self._delete([oldest])
                self.readers.skip(oldest, size)
                has_no_room = self._is_nearly_full

    @property
    def _is_nearly_full(self) -> bool:
        """Whether another segment would exceed the bound."""
        return self.size + self._segment_bytes > self._max_bytes

    async def _delete(self, segments: Sequence[Segment]) -> None:
        if not segments:
            return
        try:
            await asyncio.to_thread(_unlink, [segment.path for segment in segments])
        except OSError as error:
            raise BackendUnavailable from error
        self._sealed_bytes -= sum(self._sealed.pop(segment) for segment in segments)
        self._set_limit()

    def _conclude(self, kept: int) -> None:
        """Report the recorded clicks, of which the first *kept* are durable now."""
        self._tally.clicks_recorded += kept
        if kept:
            self.tail.add(
                self._links[:kept],
                newest_ns=self._newest_ns,
                end=self.position,
                last=self._last,
            )
        self._links.clear()

    def _make_room(self, length: int) -> None:
        """Make sure that *length* more bytes may be written, or raise OSError."""
        full = self._size + length > self._segment_bytes and self._size > HEADER_BYTES
        if full or self._file == _CLOSED:
            try:
                self._begin_segment()
            except OSError:
                if self._file == _CLOSED:
                    raise
        if self.size + length > self._max_bytes:
            raise OSError(errno.EDQUOT, BOUND_REACHED)

    def _begin_segment(self) -> None:
        number = self._number + 1
        segment, file = begin_segment(
            self.folder.path, journal=self.journal, number=number, last=self.last
        )
        self._seal()
        self._active, self._file = segment, file
        self._number, self._size = number, HEADER_BYTES
        self._begun = monotonic()
        self._set_limit()

    def _seal(self) -> None:
        """Write no more to the active segment."""
        if self._active is None:
            return
        with suppress(OSError):
            os.close(self._file)
        self._sealed[self._active] = self._size
        self._sealed_bytes += self._size
        self._active, self._file, self._size = None, _CLOSED, 0
        self._set_limit()

    def _set_limit(self) -> None:
        """Set how far the active segment grows before `_make_room` is asked."""
        room = self._max_bytes - self._sealed_bytes
        self._limit = 0 if self._file == _CLOSED else min(self._segment_bytes, room)

    def _keep_whole_records(self, written: int, error: OSError) -> None:
        """Keep the complete records, and drop the rest: no torn record stays."""
        kept, kept_bytes = _whole_records(self._buffer, written)
        lost = self._buffer[kept:]
        for record in lost:
            self._last[record_lane(record)] -= 1
        self._buffer.clear()
        self._size += kept_bytes
        self._conclude(kept)
        self._drops.add(len(lost), error)
        self._was_refused = error.errno != errno.EDQUOT
        if self._file == _CLOSED:
            return
        try:
            os.ftruncate(self._file, self._size)
        except OSError:
            self._seal()


def _whole_records(buffer: list[bytes], written: int) -> tuple[int, int]:
    """Return how many records, and how many bytes, fit wholly into *written*."""
    size = 0
    for count, record in enumerate(buffer):
        if size + len(record) > written:
            return count, size
        size += len(record)
    return len(buffer), size


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
