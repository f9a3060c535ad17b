"""The file of a database on disk: whether it is still the one that was opened."""

import os
import shutil
from pathlib import Path
from typing import Final, TypeAlias

from waypost.domain.errors import DatabaseGone, DatabaseNotWritable

_ENOUGH_BYTES: Final = 1_000_000
"""Free space on the disk below which the database counts as full: a batch of clicks
or a checkpoint may need as much."""

_Identity: TypeAlias = tuple[int, int]


class DatabaseFile:
    """Notices that the file, or its write-ahead log, was deleted or replaced.

    A process that has it open continues to write to a file that no longer has a name.
    Checking costs a few microseconds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log_path = path.with_name(f"{path.name}-wal")
        self._file = _identity(path)
        self._log: _Identity | None = None

    def forget_log(self) -> None:
        """Expect another write-ahead log: closing a connection may have removed it."""
        self._log = None

    def check(self) -> None:
        """Raise `DatabaseGone` if a write would now be lost."""
        # A file that another process has yet to make is expected once it is there.
        file, log = _identity(self._path), _identity(self._log_path)
        self._file = self._file or file
        self._log = self._log or log
        if file != self._file or log != self._log:
            raise DatabaseGone

    def check_room(self) -> None:
        """Raise `DatabaseNotWritable` if the disk is full."""
        if shutil.disk_usage(self._path.parent).free < _ENOUGH_BYTES:
            raise DatabaseNotWritable


def _identity(path: Path) -> _Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - half the time of Path's
    except OSError:
        return None
    return found.st_dev, found.st_ino
