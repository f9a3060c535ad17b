"""The journal's folder: who may write to it, and the id that it gives its clicks."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

from waypost.adapters.journal.segments import read_header, segment_numbers, segment_path
from waypost.domain.errors import Unusable


class JournalError(Unusable):
    """The journal cannot be used; the text says why and what to do."""


class JournalFolder:
    """A journal's folder, held by this process until `release`."""

    def __init__(self, path: Path, *, journal: str, lock: int) -> None:
        self.path = path
        self.journal = journal
        self._lock = lock

    @classmethod
    def claim(cls, path: Path) -> "JournalFolder":
        """Make the folder if need be, lock it, and learn the journal's id.

        Raises:
            JournalError: Another process holds it, or the disk refuses.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = _lock(path)
        except OSError as error:
            raise unusable(path, error) from error
        try:
            journal = _kept_id(path)
            if journal is None:
                journal = _id_in_segments(path) or uuid4().hex
                _keep_id(path, journal)
        except OSError as error:
            os.close(lock)
            raise unusable(path, error) from error
        return cls(path, journal=journal, lock=lock)

    def release(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock)


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Keep every server off the journal in *path*, which need not be one yet.

    Raises:
        JournalError: Another process holds it, or the disk refuses.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = _lock(path)
    except OSError as error:
        raise unusable(path, error) from error
    try:
        yield
    finally:
        os.close(lock)


def journal_id(path: Path) -> str | None:
    """Return the id of the journal in *path*, or None if it has none yet."""
    return _kept_id(path) or _id_in_segments(path)


def require_journal_id(path: Path) -> str:
    """Return the id of the journal in *path*.

    Raises:
        JournalError: There is no journal, or the disk refuses.
    """
    try:
        journal = journal_id(path)
    except OSError as error:
        raise unusable(path, error) from error
    if journal is None:
        raise JournalError(f"There is no click journal in {path}.")
    return journal


def _kept_id(path: Path) -> str | None:
    with suppress(FileNotFoundError, ValueError):
        return UUID((path / "id").read_text("ascii").strip()).hex
    return None


def _id_in_segments(path: Path) -> str | None:
    """Return the id that the segments carry.

    Were a new one made because the small file is gone, their clicks would count
    as another journal's, which is a second time.
    """
    for number in reversed(segment_numbers(path)):
        header = read_header(segment_path(path, number))
        if header is not None:
            return header.journal
    return None


def _keep_id(path: Path, journal: str) -> None:
    temporary = path / "id.tmp"
    with temporary.open("w", encoding="ascii") as file:
        file.write(journal + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path / "id")


def _lock(path: Path) -> int:
    lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 32).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise JournalError(
            f"The click journal in {path} is in use by process {holder}. "
            "Stop that one first, or set another DATA_DIR."
        ) from None
    # The id of the process is for people only: a full disk must not matter.
    with suppress(OSError):
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def unusable(path: Path, error: OSError) -> JournalError:
    """Tell a person what *error* means for the journal in *path*."""
    return JournalError(
        f"The click journal in {path} cannot be used: {error.strerror}. "
        "Check the disk and who owns the folder."
    )
