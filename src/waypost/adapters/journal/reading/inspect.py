"""Inspecting a journal from outside: only reading, without the lock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from waypost.adapters.journal.files.damaged import DAMAGED_FOLDER
from waypost.adapters.journal.files.folder import JournalError, unusable
from waypost.adapters.journal.files.scan import Scan, scan_segment
from waypost.adapters.journal.files.segments import (
    Segment,
    list_segments,
    read_header,
    strange_entries,
)
from waypost.wire.journal_record import HEADER_BYTES, RecordedClick


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageReport:
    """One damaged place of a segment."""

    offset: int
    length: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReport:
    """What one segment holds."""

    number: int
    journal: str
    """The id of the journal that its clicks are of."""
    size: int
    """Bytes of the file."""
    clicks: int
    first: datetime | None
    """When the first click in the file was answered, in UTC."""
    last: datetime | None
    """When the last click in the file was answered, in UTC."""
    damaged: tuple[DamageReport, ...]
    torn: int
    """Bytes at the end of the newest segment that are not a whole record (yet)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalReport:
    """What the folder of a click journal holds."""

    segments: tuple[SegmentReport, ...]
    strange: tuple[str, ...]
    """The names that look like those of segments, and belong to none."""
    set_aside: tuple[str, ...]
    """The names of the files in `damaged`."""

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return sum(segment.size for segment in self.segments)

    @property
    def clicks(self) -> int:
        """Clicks that can be read."""
        return sum(segment.clicks for segment in self.segments)

    @property
    def intact(self) -> bool:
        """Whether no segment holds damage."""
        return not any(segment.damaged for segment in self.segments)


def inspect_journal(folder: Path) -> JournalReport:
    """Read all of a journal, and return what it holds.

    Raises:
        JournalError: The folder holds no journal, or cannot be read.
    """
    segments = require_segments(folder)
    try:
        return JournalReport(
            segments=tuple(_inspect_segments(segments)),
            strange=tuple(path.name for path in strange_entries(folder)),
            set_aside=_set_aside(folder),
        )
    except OSError as error:
        raise unusable(folder, error) from error


def highest_link_id(folder: Path) -> int:
    """Return the highest id of a link that was clicked; 0 when there is no click.

    Raises:
        OSError: The disk refuses.
    """
    highest = 0
    for segment in list_segments(folder):
        for found in scan_segment(segment.path, whole=False):
            ids = (record.click.link_id for record in found.records)
            highest = max(highest, *ids, 0)
    return highest


def require_segments(folder: Path) -> list[Segment]:
    """Return the segments in *folder*, oldest first.

    Raises:
        JournalError: There are none, or the disk refuses.
    """
    try:
        segments = list_segments(folder)
    except OSError as error:
        raise unusable(folder, error) from error
    if not segments:
        raise JournalError(f"There is no click journal in {folder}.")
    return segments


def _inspect_segments(segments: list[Segment]) -> Iterator[SegmentReport]:
    for segment in segments:
        try:
            yield _inspect_segment(segment, newest=segment is segments[-1])
        except FileNotFoundError:  # it was counted and deleted meanwhile
            continue


def _inspect_segment(segment: Segment, *, newest: bool) -> SegmentReport:
    path = segment.path
    size = path.stat().st_size
    clicks = 0
    first: RecordedClick | None = None
    last: RecordedClick | None = None
    end = min(HEADER_BYTES, size)
    damaged = list(_header_damage(path, end))
    for found in scan_segment(path, whole=not newest):
        if found.records:
            first = first or found.records[0]
            last = found.records[-1]
        clicks += len(found.records)
        damaged += _damage(found)
        end = found.offset
    return SegmentReport(
        number=segment.number,
        journal=segment.journal,
        size=max(size, end),
        clicks=clicks,
        first=_time(first),
        last=_time(last),
        damaged=tuple(damaged),
        torn=max(size - end, 0),
    )


def _header_damage(path: Path, length: int) -> Iterator[DamageReport]:
    if read_header(path) is None:
        yield DamageReport(offset=0, length=length, reason="damaged header")


def _damage(found: Scan[RecordedClick]) -> Iterator[DamageReport]:
    if found.damage:
        offset, content, reason = found.damage
        yield DamageReport(offset=offset, length=len(content), reason=reason)


def _time(record: RecordedClick | None) -> datetime | None:
    if record is None:
        return None
    return datetime.fromtimestamp(record.click.time_ns / 1e9, UTC)


def _set_aside(folder: Path) -> tuple[str, ...]:
    aside = folder / DAMAGED_FOLDER
    return tuple(sorted(path.name for path in aside.glob("*.bin")))
