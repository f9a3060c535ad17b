"""The files of a data folder, held open so that their content survives deletion."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

_SEGMENT: Final = re.compile(r"\d{20}(-[0-9a-f]{32})?\.seg")
_LEFT_OUT: Final = re.compile(r".*\.tmp|lock|forward\.lock|.*\.reader-lock|boot")
"""Files that belong to running processes, and to this start of the machine."""


class HeldFiles:
    """Files below *data_dir*: the journal's, and those called *names*.

    ::

        hold ─▶ the database's snapshot begins ─▶ hold ─▶ contents

    A click that the snapshot has not counted is then in a segment that is held: the
    journal's owner deletes a segment only when its clicks are counted.
    """

    def __init__(self, data_dir: Path, *, names: tuple[str, ...]) -> None:
        self._data_dir = data_dir
        self._names = names
        self._files: dict[str, IO[bytes]] = {}
        self._sizes: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            file.close()

    def hold(self) -> bool:
        """Open the files that exist now; return whether no segment was missed.

        Raises OSError.
        """
        before = self._segments()
        for path in [*self._journal(), *(self._data_dir / one for one in self._names)]:
            name = path.relative_to(self._data_dir).as_posix()
            with suppress(FileNotFoundError):
                if name in self._names or name not in self._files:
                    self._reopen(name, path)
        for name, file in self._files.items():
            self._sizes[name] = os.fstat(file.fileno()).st_size
        new = sorted(self._segments() - before)
        if not before or not new:
            return True
        return new == list(range(max(before) + 1, max(before) + 1 + len(new)))

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Yield each file's path in the folder, and its bytes at the last `hold`."""
        for name, file in sorted(self._files.items()):
            yield name, os.pread(file.fileno(), self._sizes[name], 0)

    def _reopen(self, name: str, path: Path) -> None:
        file = path.open("rb", buffering=0)
        if held := self._files.get(name):
            held.close()
        self._files[name] = file

    def _journal(self) -> Iterator[Path]:
        for path in sorted((self._data_dir / "journal").rglob("*")):
            if path.is_file() and not _LEFT_OUT.fullmatch(path.name):
                yield path

    def _segments(self) -> set[int]:
        names = (name.rpartition("/")[2] for name in self._files)
        return {int(name[:20]) for name in names if _SEGMENT.fullmatch(name)}
