"""A file that has its name only once it is complete, and on the disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

PART: Final = ".part"
"""Behind the name of a file that is not complete. One that was left over by a process
that was killed is written anew."""


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open what replaces the file at *path*, if nothing is raised.

    Raises:
        OSError: The disk refuses; the file at *path* is what it was.
    """
    part = path.with_name(path.name + PART)
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
