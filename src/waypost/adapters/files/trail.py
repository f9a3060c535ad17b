"""The audit trail of jobs: a file of JSON lines that only grows."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from waypost.domain.analytics.jobs import JobRun, JobState

FILE_NAME: Final = "jobs.jsonl"
_BLOCK: Final = 64 * 1024


class TrailFile:
    """The trail at *path*. Several processes may append to it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, run: JobRun) -> None:
        """Note *run* durably, in one write: lines of two processes do not mix.

        Raises:
            OSError: The disk refuses.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        file = os.open(self._path, flags, 0o640)
        try:
            line = msgspec.json.encode(run) + b"\n"
            if not self._ends_with_line():
                line = b"\n" + line  # a full disk has cut the one before
            if os.write(file, line) != len(line):
                raise OSError(28, os.strerror(28), str(self._path))
            os.fsync(file)
        finally:
            os.close(file)

    def last(self, job: str) -> JobRun | None:
        """Return what was noted last of *job*; None: nothing.

        Raises:
            OSError: The disk refuses.
        """
        return next((run for run in self.newest() if run.job == job), None)

    def newest(self) -> Iterator[JobRun]:
        """Yield all that was noted, the newest first; lines that are damaged are not.

        Raises:
            OSError: The disk refuses.
        """
        for line in _lines_backwards(self._path):
            try:
                run = msgspec.json.decode(line, type=JobRun)
            except ValueError:
                continue
            if not run.is_dry_run and run.state is not JobState.BUSY:
                yield run

    def _ends_with_line(self) -> bool:
        return next(_lines_backwards(self._path), b"") == b""


def _lines_backwards(path: Path) -> Iterator[bytes]:
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
