"""Files of lines that only grow, and whose lines are whole, or not there."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_BLOCK: Final = 64 * 1024


def append_lines(path: Path, lines: bytes, *, mode: int) -> None:
    """Add *lines* durably, in one write: those of two processes do not mix.

    What was cut off at the end, by a full disk or `kill -9`, becomes a line of its own.
    The file is made with *mode* if it is not there.

    Raises:
        OSError: The disk refuses; the last lines may be there, also in part.
    """
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, mode)
    try:
        if not ends_with_line(path):
            lines = b"\n" + lines
        if os.write(file, lines) != len(lines):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(file)
    finally:
        os.close(file)


def ends_with_line(path: Path) -> bool:
    """Return whether a file is empty, not there, or ends with a whole line."""
    return next(lines_backwards(path), b"") == b""


def lines_backwards(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file from its end; first what stands behind the last one."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        place = file.seek(0, os.SEEK_END)
        rest = b""
        while place:
            start = max(0, place - _BLOCK)
            file.seek(start)
            rest = file.read(place - start) + rest
            place = start
            first, *lines = rest.split(b"\n")
            yield from reversed(lines)
            rest = first
        yield rest
