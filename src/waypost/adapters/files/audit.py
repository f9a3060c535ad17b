"""The files of the audit trail: JSON lines, by UTC day and size.

::

    audit/audit-2026-11-27-0001.jsonl     written, and full
    audit/audit-2026-11-27-0002.jsonl     grows

Files are never renamed or written again. A line is an entry (`wire/audit_entry.py`).
"""

import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import structlog

from waypost.adapters.files.lines import (
    append_lines,
    ends_with_line,
    lines_backwards,
)
from waypost.domain.audit.entries import AuditEntry
from waypost.ports.audit.trail import EntryLine
from waypost.wire.audit_entry import decode_entry

MAX_BYTES: Final = 64 * 1024 * 1024
"""From this size on, a file is full."""
_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700
_NAME: Final = re.compile(r"audit-(\d{4}-\d{2}-\d{2})-(\d{4,})\.jsonl")
_MOST_REMOVED: Final = 100
_MARGIN: Final = 10
"""Lines that are looked at beyond those of a batch: some may be damaged."""

_log = structlog.get_logger()


class AuditFiles:
    """The files in *folder*, which is made when it is needed. One process writes."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._last: frozenset[str] | None = None
        """The ids of the last batch; None: only the files know them."""

    def append(self, entries: Sequence[EntryLine], *, now: datetime) -> None:
        """Add *entries* durably, but not those that the last batch had.

        A process that adds them again was killed, or could not note that they are here.

        Raises:
            OSError: The disk refuses; some of the entries may be there.
        """
        last = self._last
        if last is None:
            self._prepare()
            last = self._last_ids(len(entries) + _MARGIN)
        self._last = None
        new = [entry for entry in entries if entry.id not in last]
        if new:
            lines = "".join(f"{entry.text}\n" for entry in new).encode()
            append_lines(self._file(now), lines, mode=_MODE)
        self._last = frozenset(entry.id for entry in entries)

    def expire(self, before: datetime) -> int:
        """Remove files of days before that of *before*, a hundred at most.

        Return how many.

        Raises:
            OSError: The disk refuses.
        """
        first = before.astimezone(UTC).date()
        old = [path for path in self._files() if _day_of(path) < first][:_MOST_REMOVED]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def entries(self) -> Iterator[AuditEntry]:
        """Yield all entries, the newest first; lines that are damaged are left out.

        Raises:
            OSError: The disk refuses.
        """
        for path in reversed(self._files()):
            for line in lines_backwards(path):
                try:
                    yield decode_entry(line)
                except ValueError:
                    continue

    def _prepare(self) -> None:
        self._folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        files = self._files()
        if files and not ends_with_line(files[-1]):
            # Its entry was not noted as written, and so is written again.
            _log.warning("audit.torn_line", file=files[-1].name)

    def _last_ids(self, number: int) -> frozenset[str]:
        return frozenset(entry.id for entry in islice(self.entries(), number))

    def _file(self, now: datetime) -> Path:
        """Return the file that grows."""
        today = now.astimezone(UTC).date()
        files = self._files()
        number = 1
        if files and _day_of(files[-1]) >= today:
            # A clock that was set back must not make the order of files wrong.
            today, number = _day_of(files[-1]), _number_of(files[-1])
            if files[-1].stat().st_size >= self._max_bytes:
                number += 1
        path = self._folder / f"audit-{today}-{number:04}.jsonl"
        if not path.exists():
            self._make(path)
        return path

    def _make(self, path: Path) -> None:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, _MODE))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _files(self) -> Sequence[Path]:
        """Return all files, in their order."""
        if not self._folder.exists():
            return []
        found = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name)]
        return sorted(found, key=lambda path: (_day_of(path), _number_of(path)))


def _day_of(path: Path) -> date:
    match = _NAME.fullmatch(path.name)
    assert match, "only files of the trail are asked for their day"
    try:
        return date.fromisoformat(match[1])
    except ValueError:
        return date.max


def _number_of(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    assert match, "only files of the trail are asked for their number"
    return int(match[2])
