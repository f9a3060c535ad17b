"""The segments in a journal's folder: their names, their headers, and beginning one.

A name holds the segment's number and its journal's id, so that a damaged header does
not hide which journal's clicks follow. Releases before 0021 named segments by their
number alone; their journal's id is in the header, and in the file `id` of the folder.
"""

import errno
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from waypost.domain.clicks import JournalPosition
from waypost.wire.journal_record import (
    HEADER_BYTES,
    Header,
    decode_header,
    encode_header,
)

OLD_ID_FILE: Final = "id"
MAX_NUMBER: Final = 10**15
"""No segment gets as far: a new one every microsecond would, in thirty years."""

_NAME = re.compile(r"(\d{20})(?:-([0-9a-f]{32}))?\.seg")


class Segment(NamedTuple):
    """A file with consecutive clicks of one journal."""

    number: int
    """Its place among the segments of the folder, of all journals."""
    journal: str
    path: Path

    @property
    def has_old_name(self) -> bool:
        """Whether a release before 0021 has written it."""
        return self.journal not in self.path.name


def list_segments(folder: Path) -> list[Segment]:
    """Return the segments in *folder*, oldest first. Raises OSError."""
    return sorted(segment for _, segment in _named_segments(folder) if segment)


def strange_entries(folder: Path) -> list[Path]:
    """Return what is named like a segment and is not one. Raises OSError.

    It is a folder, its number is impossible or taken, or its journal is unknown.
    """
    strange: list[Path] = []
    numbers: set[int] = set()
    for path, segment in _named_segments(folder):
        if segment is None or segment.number in {*numbers, MAX_NUMBER}:
            strange.append(path)
        else:
            numbers.add(segment.number)
    return strange


def read_header(path: Path) -> Header | None:
    """Return a segment's header, or None if it is damaged. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        return decode_header(file.read(HEADER_BYTES))


def unread_bytes(
    position: JournalPosition, sizes: Iterable[tuple[Segment, int]]
) -> int:
    """Return how many bytes of clicks there are from *position* on.

    *sizes* are segments with their length in bytes.
    """
    unread = 0
    for segment, size in sizes:
        is_begun = segment.number == position.segment
        begin = max(HEADER_BYTES, position.offset if is_begun else 0)
        if segment.number >= position.segment:
            unread += max(0, size - begin)
    return unread


def begin_segment(
    folder: Path, *, journal: str, number: int, last: Sequence[int]
) -> tuple[Segment, int]:
    """Create a segment that holds its header; return it, open for appending.

    It gets its name only when the header is complete. Raises OSError.
    """
    segment = Segment(number, journal, folder / f"{number:020d}-{journal}.seg")
    header = encode_header(journal=journal, number=number, last=last)
    temporary = folder / "next.tmp"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC
    descriptor = os.open(temporary, flags, 0o644)
    try:
        _write_header(descriptor, header)
        temporary.replace(segment.path)
    except OSError:
        os.close(descriptor)
        raise
    return segment, descriptor


def _named_segments(folder: Path) -> Iterator[tuple[Path, Segment | None]]:
    """Yield what is named like a segment, sorted; None: it is not one."""
    with os.scandir(folder) as entries:
        found = sorted(
            (entry.name, match, entry.is_file())
            for entry in entries
            if (match := _NAME.fullmatch(entry.name))
        )
    for name, match, is_file in found:
        path, number = folder / name, int(match[1])
        journal = match[2]
        if is_file and journal is None:
            journal = _old_journal(path)
        is_segment = is_file and journal and number <= MAX_NUMBER
        yield path, Segment(number, journal, path) if is_segment else None


def _old_journal(path: Path) -> str | None:
    """Return the id of the journal of a segment that is named by its number alone.

    All of a folder's are of one journal. None: no header is intact, and `id` is gone.
    """
    with suppress(FileNotFoundError):
        header = read_header(path)
        if header is not None:
            return header.journal
    with suppress(FileNotFoundError, ValueError):
        return UUID(path.with_name(OLD_ID_FILE).read_text("ascii").strip()).hex
    others = (at for at in sorted(path.parent.glob("*.seg")) if at != path)
    headers = (read_header(at) for at in others if len(at.stem) == len(path.stem))
    return next((header.journal for header in headers if header), None)


def _write_header(descriptor: int, header: bytes) -> None:
    if os.write(descriptor, header) != len(header):
        raise OSError(errno.ENOSPC, "no room for the header of a segment")
