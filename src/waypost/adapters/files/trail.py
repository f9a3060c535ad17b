"""The audit trail of jobs: a file of JSON lines that only grows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from waypost.adapters.files.lines import append_lines, lines_backwards
from waypost.domain.analytics.jobs import JobRun, JobState

FILE_NAME: Final = "jobs.jsonl"


class TrailFile:
    """The trail at *path*. Several processes may append to it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, run: JobRun) -> None:
        """Note *run* durably, in one write: lines of two processes do not mix.

        Raises:
            OSError: The disk refuses.
        """
        append_lines(self._path, msgspec.json.encode(run) + b"\n", mode=0o640)

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
        for line in lines_backwards(self._path):
            try:
                run = msgspec.json.decode(line, type=JobRun)
            except ValueError:
                continue
            if not run.is_dry_run and run.state is not JobState.BUSY:
                yield run
