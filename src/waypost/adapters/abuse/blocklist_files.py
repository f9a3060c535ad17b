"""Blocklists in files, read again when one of them changes."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from waypost.domain.abuse.blocklists import Blocklist, BlocklistReader, WrongLine

LOOK_SECONDS: Final = 10.0
"""How often it is looked whether the files have changed."""
_LINES_AT_ONCE: Final = 500
"""Lines between two pauses, which leave the processor to redirects."""

_log = structlog.get_logger()
_State = tuple[tuple[int, int, int] | None, ...]


class UnreadableList(Exception):  # noqa: N818 - named for what was found
    """A file that is no blocklist; the text says which and why, in a sentence."""


def read_files(
    paths: Sequence[Path], *, to_ascii: Callable[[str], str], is_gentle: bool = False
) -> Blocklist:
    """Return what the files say together; pause often if *is_gentle*.

    Raises:
        UnreadableList: One of them is missing, empty, or has a line that is wrong.
    """
    reader = BlocklistReader(to_ascii=to_ascii)
    for path in paths:
        number = 0
        try:
            with path.open(encoding="utf-8-sig") as file:
                for number, line in enumerate(file, start=1):
                    reader.read(line)
                    if is_gentle and not number % _LINES_AT_ONCE:
                        time.sleep(0.001)
        except WrongLine as error:
            raise UnreadableList(f"{path.name}, line {number}: {error}.") from None
        except UnicodeDecodeError:
            raise UnreadableList(f"{path.name} is not text in UTF-8.") from None
        except OSError as error:
            raise UnreadableList(f"{path.name}: {error.strerror}.") from None
        if not number:
            # What a download leaves that failed; an empty list has a comment.
            raise UnreadableList(f"{path.name} is empty: write # into an empty list.")
    return reader.blocklist()


class BlocklistFiles:
    """The newest content of the files that could be read; `ports.abuse.blocklists`."""

    def __init__(
        self, paths: Sequence[Path], *, to_ascii: Callable[[str], str]
    ) -> None:
        """Read the files for the first time.

        Raises:
            UnreadableList: One of them cannot be read.
        """
        self._paths = paths
        self._to_ascii = to_ascii
        self._state = self._look()
        self.current = read_files(paths, to_ascii=to_ascii)
        """The newest content that could be read."""
        self.problem = ""
        """Why a newer one cannot be read; empty: there is none."""

    async def run(self) -> None:
        """Follow changes of the files until cancelled."""
        while self._paths:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look_again()

    async def look_again(self) -> None:
        """Read the files again if one of them has changed."""
        state = await asyncio.to_thread(self._look)
        if state == self._state:
            return
        self._state = state
        try:
            self.current = await asyncio.to_thread(self._read_gently)
        except UnreadableList as error:
            self.problem = str(error)
            _log.error("blocklist.unreadable", problem=self.problem)
        else:
            self.problem = ""
            _log.info("blocklist.reloaded", entries=len(self.current))

    def _read_gently(self) -> Blocklist:
        return read_files(self._paths, to_ascii=self._to_ascii, is_gentle=True)

    def _look(self) -> _State:
        return tuple(map(_state_of, self._paths))


def _state_of(path: Path) -> tuple[int, int, int] | None:
    """Return what differs when a file was replaced or written; None: there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
