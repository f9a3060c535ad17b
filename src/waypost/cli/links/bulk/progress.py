"""How far a file has been sent, in a file beside it, so that it can go on."""

import os
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from waypost.cli.exits import CommandError, WrongUsageError

ENDING: Final = ".progress"


class Progress(msgspec.Struct, kw_only=True):
    """How far a file has been sent."""

    run: str
    """Names this load to the server, which does nothing twice under it."""
    bytes: int
    """The size of the file."""
    rows: int = 0
    """How many of its rows are done."""
    failed: int = 0
    """How many of them have failed."""
    errors_bytes: int = 0
    """How long the file of failed rows is with them."""


class ProgressFile:
    """The file that holds the progress of another one."""

    can_be_resumed = True

    def __init__(self, source: Path) -> None:
        self.path = source.with_name(source.name + ENDING)
        self._source = source

    def begin(self, *, is_resumed: bool) -> Progress:
        """Return how far the file was sent.

        Raises:
            WrongUsageError: It was interrupted and is not to be resumed, or it cannot
                be resumed, or it has changed since.
            CommandError: The file cannot be read or written.
        """
        found, size = self._read(), self._source.stat().st_size
        if found is None and is_resumed:
            raise WrongUsageError(
                f"There is no {self.path}: this file was not interrupted."
            )
        if found is None:
            found = Progress(run=str(uuid4()), bytes=size)
        elif not is_resumed:
            raise WrongUsageError(
                f"This file was interrupted after {found.rows:,} rows: go on with "
                f"--resume, or delete {self.path} to begin anew."
            )
        elif found.bytes != size:
            raise WrongUsageError(
                f"The file has changed since it was interrupted after {found.rows:,} "
                f"rows. Put it back, or delete {self.path} to begin anew."
            )
        return found

    def write(self, progress: Progress) -> None:
        """Replace what the file holds.

        Raises:
            CommandError: It cannot be written.
        """
        part = self.path.with_name(self.path.name + ".part")
        try:
            with part.open("wb") as file:
                file.write(msgspec.json.encode(progress))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as error:
            raise CommandError(
                f"{self.path}, which holds how far the file was sent, cannot be "
                f"written: {os.strerror(error.errno or 0)}."
            ) from error

    def remove(self) -> None:
        """Remove the file: all is done."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> Progress | None:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Progress)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise CommandError(
                f"{self.path} cannot be read. Delete it to begin anew."
            ) from error


class NoProgressFile:
    """The progress of stdin, or of a dry run, which cannot be resumed."""

    can_be_resumed = False

    def begin(self) -> Progress:
        """Return that nothing was sent yet."""
        return Progress(run=str(uuid4()), bytes=0)

    def write(self, progress: Progress) -> None:
        """Do nothing with *progress*."""

    def remove(self) -> None:
        """Do nothing."""


def progress_of(
    file: str, *, is_resumed: bool
) -> tuple[ProgressFile | NoProgressFile, Progress]:
    """Return how far *file* was sent, and where that is kept; `-` is stdin.

    Raises:
        As `ProgressFile.begin`.
    """
    if file != "-":
        kept = ProgressFile(Path(file))
        return kept, kept.begin(is_resumed=is_resumed)
    if is_resumed:
        raise WrongUsageError("stdin cannot be resumed: name a file.")
    nowhere = NoProgressFile()
    return nowhere, nowhere.begin()
