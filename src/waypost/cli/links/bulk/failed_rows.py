"""Where failed rows go, to be corrected and sent again."""

from pathlib import Path
from typing import BinaryIO, Self

from waypost.cli.exits import WrongUsageError
from waypost.cli.links.bulk.progress import Progress
from waypost.cli.links.bulk.rows import ERROR, Row, Rows


class FailedRows:
    """The file of failed rows, if they are to be kept."""

    def __init__(self, path: Path | None, rows: Rows, progress: Progress) -> None:
        self._rows = rows
        self._file = None if path is None else _opened_errors(path, progress)
        self._bytes = progress.errors_bytes
        if rows.header is not None and not self._bytes:
            self._write(f"{rows.header},{ERROR}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: Row, why: str) -> None:
        """Write a failed row."""
        self._write(self._rows.failed(row, why))

    def flushed(self) -> int:
        """Return how long the file is, once all is in it."""
        if self._file is not None:
            self._file.flush()
        return self._bytes

    def _write(self, line: str) -> None:
        if self._file is not None:
            self._bytes += self._file.write(f"{line}\n".encode())


def _opened_errors(path: Path, progress: Progress) -> BinaryIO:
    """Open the file of failed rows, without those of a portion that is sent again."""
    try:
        file = path.open("r+b" if progress.errors_bytes else "wb")
        file.truncate(progress.errors_bytes)
        file.seek(progress.errors_bytes)
    except OSError as error:
        raise WrongUsageError(f"{path} cannot be written: {error.strerror}.") from error
    return file
