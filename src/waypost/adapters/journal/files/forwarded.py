"""Up to where a folder has been forwarded, and who forwards it.

Both are files in the journal's folder: `forwarded` and `forward.lock`.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import structlog

from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable

_FILE = "forwarded"
_LOCK = "forward.lock"
_RETRY_SECONDS = 0.2

_log = structlog.get_logger()


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds."""

    journal: str
    position: JournalPosition


class ForwardedFile:
    """The position in a file of *folder*, with its journal; `ForwardedPositions`.

    A power cut may take it back or away: that repeats clicks, and loses none.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

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


def _load(path: Path, journal: str) -> JournalPosition | None:
    """Return what is saved; nothing unreadable, and nothing of another journal."""
    try:
        content = msgspec.json.decode(path.read_bytes(), type=_Content)
    except (OSError, ValueError):
        return None
    return content.position if content.journal == journal else None


def _save(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


@asynccontextmanager
async def forward_lock(folder: Path) -> AsyncIterator[None]:
    """Be the only one who forwards the journal in *folder*; wait for whoever does.

    Raises:
        OSError: The disk refuses.
    """
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _try_lock(lock):
            _log.info("forward.waiting_for_lock")
            while not _try_lock(lock):  # noqa: ASYNC110  # of another process
                await asyncio.sleep(_RETRY_SECONDS)
        yield
    finally:
        os.close(lock)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
