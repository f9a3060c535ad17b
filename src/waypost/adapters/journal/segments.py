"""A journal's segments on disk: their names, their headers, and beginning one."""

import errno
import os
import re
from collections.abc import Sequence
from pathlib import Path

from waypost.adapters.journal.format import (
    HEADER_BYTES,
    Header,
    decode_header,
    encode_header,
)

_NAME = re.compile(r"(\d{20})\.seg")


def segment_path(folder: Path, number: int) -> Path:
    """Return where segment *number* is kept."""
    return folder / f"{number:020d}.seg"


def segment_numbers(folder: Path) -> list[int]:
    """Return the numbers of the segments in *folder*, oldest first."""
    matches = (_NAME.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in matches if match)


def read_header(path: Path) -> Header | None:
    """Return a segment's header, or None if it is damaged. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        return decode_header(file.read(HEADER_BYTES))


def begin_segment(
    folder: Path, *, journal: str, number: int, last: Sequence[int]
) -> int:
    """Create a segment that holds its header; return it open for appending.

    It gets its name only when the header is complete. Raises OSError.
    """
    header = encode_header(journal=journal, number=number, last=last)
    temporary = folder / "next.tmp"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC
    descriptor = os.open(temporary, flags, 0o644)
    try:
        _write_header(descriptor, header)
        temporary.replace(segment_path(folder, number))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _write_header(descriptor: int, header: bytes) -> None:
    if os.write(descriptor, header) != len(header):
        raise OSError(errno.ENOSPC, "no room for the header of a segment")
