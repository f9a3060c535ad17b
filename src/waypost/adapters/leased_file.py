"""The leased ids in a small file of the data folder."""

import asyncio
import os
from pathlib import Path
from typing import Final

import msgspec
import structlog

from waypost.domain.codes import IdBlock
from waypost.domain.leased_ids import LeasedIds
from waypost.telemetry.log_throttle import LogThrottle

FILE_NAME: Final = "leased-ids.json"

_log = structlog.get_logger()


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds: the first and the last id of each block."""

    blocks: list[tuple[int, int]]


class LeasedFile:
    """A `LeaseMemory` in the file *path*, written by this process only."""

    def __init__(self, path: Path, known: LeasedIds) -> None:
        self._path = path
        self._throttle = LogThrottle()
        self.known = known

    async def add(self, block: IdBlock) -> None:
        """Remember *block*; see `LeaseMemory.add`."""
        self.known = self.known.adding([block])
        try:
            await asyncio.to_thread(write_leased, self._path, self.known)
        except OSError as error:
            # The database has leased them, so this matters only if it is restored.
            if self._throttle.allows("ids.not_remembered"):
                _log.warning("ids.not_remembered", reason=error.strerror)


def read_leased(path: Path) -> LeasedIds | None:
    """Return the ids in the file *path*; None: there is none, or it is damaged.

    Raises:
        OSError: The disk refuses.
    """
    try:
        content = msgspec.json.decode(path.read_bytes(), type=_Content)
        blocks = [IdBlock(start=start, end=end) for start, end in content.blocks]
    except FileNotFoundError:
        return None
    except (ValueError, AssertionError):
        _log.error("ids.file_damaged", file=path.name)
        return None
    return LeasedIds().adding(blocks)


def write_leased(path: Path, leased: LeasedIds) -> None:
    """Replace the content of the file with *leased*, durably.

    Raises:
        OSError: The disk refuses; the file keeps its content.
    """
    blocks = [(block.start, block.end) for block in leased.blocks]
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(msgspec.json.encode(_Content(blocks=blocks)))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
