"""The journal's folder: which process may write to it.

The folder itself is locked, so there is no file whose removal would let a second
process in. The file `lock` is locked as well: releases before 0021 know only that.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from waypost.domain.errors import Unusable

_LOCK_FILE: Final = "lock"


class JournalError(Unusable):
    """The journal cannot be used; the text says why and what to do."""


class JournalInUseError(JournalError):
    """Another process holds the journal."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(
            f"The click journal in {path} is in use by {holder}. "
            "Stop that process first, or set another DATA_DIR."
        )
        self.holder = holder


class JournalFolder:
    """A journal's folder, held by this process until `release`."""

    def __init__(self, path: Path, *, locks: tuple[int, int]) -> None:
        self.path = path
        self._locks = locks

    @classmethod
    def claim(cls, path: Path) -> "JournalFolder":
        """Make the folder if needed, and lock it.

        Raises:
            JournalError: Another process holds it, or the disk refuses.
        """
        try:
            return cls(path, locks=_lock(path))
        except BlockingIOError:
            raise JournalInUseError(path, _holder(path)) from None
        except OSError as error:
            raise unusable(path, error) from error

    @property
    def is_in_place(self) -> bool:
        """Whether the path leads to the folder that is held. It may be removed."""
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._locks[0]))
        except OSError:
            return False

    def make_again(self) -> None:
        """Hold the folder that is now at the path, made if needed, instead of the old.

        Raises:
            OSError: Another process holds it, or the disk refuses.
        """
        locks = _lock(self.path)
        self.release()
        self._locks = locks

    def release(self) -> None:
        """Let another process have the folder."""
        for lock in self._locks:
            os.close(lock)


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Keep every server from using the journal in *path*, which may not exist yet.

    Raises:
        JournalError: Another process holds it, or the disk refuses.
    """
    folder = JournalFolder.claim(path)
    try:
        yield
    finally:
        folder.release()


def unusable(path: Path, error: OSError) -> JournalError:
    """Return the error for a person: what *error* means for the journal in *path*."""
    return JournalError(
        f"The click journal in {path} cannot be used: {error.strerror}. "
        "Check the disk and the owner of the folder."
    )


def _lock(path: Path) -> tuple[int, int]:
    """Make the folder *path* if needed; return the locks on it and on its file.

    Raises:
        BlockingIOError: Another process has locked it.
        OSError: The disk refuses.
    """
    path.mkdir(parents=True, exist_ok=True)
    folder = _locked(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        file = _locked(path / _LOCK_FILE, os.O_RDWR | os.O_CREAT)
    except OSError:
        os.close(folder)
        raise
    # The id of the process is for people only: a full disk must not matter.
    with suppress(OSError):
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    return folder, file


def _locked(path: Path, flags: int) -> int:
    descriptor = os.open(path, flags, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Network file systems may lock files only; then only the file is locked.
        if error.errno == errno.EBADF:
            return descriptor
        os.close(descriptor)
        raise
    return descriptor


def _holder(path: Path) -> str:
    with suppress(OSError, ValueError):
        return f"process {int((path / _LOCK_FILE).read_text('ascii'))}"
    return "another process"
