"""The readers of a folder that keep their position on its disk, and the lock of each.

Each has files: `NAME.reader` with its position, unless it keeps that elsewhere, and
`NAME.reader-lock`. Those of the reader `bus` have older names, which the last release
knows too. A reader whose clicks join those of other folders has `NAME.reader-name`.
"""

import asyncio
import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
import structlog

from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import BUS

_POSITION: Final = ".reader"
_LOCK: Final = ".reader-lock"
_NAME: Final = ".reader-name"
_OLD_NAMES: Final = {BUS + _POSITION: "forwarded", BUS + _LOCK: "forward.lock"}
_RETRY_SECONDS: Final = 0.2

_log = structlog.get_logger()


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    """What the file of a position holds."""

    journal: str
    position: JournalPosition


class ReaderFile:
    """The position of one reader in a file of *folder*; `ReaderPositions`.

    A power cut may take it back or away: that repeats clicks, and loses none.
    """

    def __init__(self, folder: Path, reader: str) -> None:
        self._path = _file(folder, reader, _POSITION)

    async def load(self, journal: str) -> JournalPosition | None:
        """Return the position that was saved last; None: none of *journal*."""
        return await asyncio.to_thread(_load, self._path, journal)

    async def save(self, journal: str, position: JournalPosition) -> None:
        """Remember *position*, in *journal*, in the place of the last one.

        Raises:
            BackendUnavailable: The disk refuses; the last one is still remembered.
        """
        content = _Content(journal=journal, position=position)
        try:
            await asyncio.to_thread(_save, self._path, msgspec.json.encode(content))
        except OSError as error:
            raise BackendUnavailable from error


def forget_readers(folder: Path, *, keep: Collection[str]) -> None:
    """Delete the positions of every reader that is not in *keep*.

    Without its position it reads all there is if it comes back. Raises OSError.
    """
    kept = {_file(folder, name, _POSITION).name for name in keep}
    old = {_OLD_NAMES[BUS + _POSITION]: BUS}
    for path in sorted(folder.iterdir()):
        name = old.get(path.name, path.stem)
        is_position = path.suffix == _POSITION or path.name in old
        if is_position and path.name not in kept and path.is_file():
            path.unlink(missing_ok=True)
            _log.warning("journal.reader_forgotten", reader=name)


@asynccontextmanager
async def reader_lock(folder: Path, reader: str) -> AsyncIterator[None]:
    """Be the only process that reads *folder* as *reader*; wait for another one.

    Raises:
        OSError: The disk refuses.
    """
    path = _file(folder, reader, _LOCK)
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _try_lock(lock):
            _log.info("journal.reader_waits_for_lock", reader=reader)
            while not _try_lock(lock):  # noqa: ASYNC110  # of another process
                await asyncio.sleep(_RETRY_SECONDS)
        yield
    finally:
        os.close(lock)


def folder_name(folder: Path, reader: str) -> str:
    """Return by what *reader* knows *folder* among others: made once, then the same.

    It stays when a new journal begins in the folder. Raises OSError.
    """
    path = _file(folder, reader, _NAME)
    with suppress(FileNotFoundError, UnicodeDecodeError):
        name = path.read_text("ascii").strip()
        if name:
            return name
    name = secrets.token_hex(8)
    _save(path, name.encode())
    return name


def _file(folder: Path, reader: str, suffix: str) -> Path:
    name = reader + suffix
    return folder / _OLD_NAMES.get(name, name)


def _load(path: Path, journal: str) -> JournalPosition | None:
    """Return what is saved; nothing unreadable, and nothing of another journal."""
    try:
        content = msgspec.json.decode(path.read_bytes(), type=_Content)
    except (OSError, ValueError, RecursionError):
        return None
    return content.position if content.journal == journal else None


def _save(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
