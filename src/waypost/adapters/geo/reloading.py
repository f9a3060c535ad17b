"""Something that is read from files, and read again when one of them changes."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

import structlog

_log = structlog.get_logger()

LOOK_SECONDS: Final = 10.0
"""How often it is looked whether the files have changed."""

T = TypeVar("T")
_State = tuple[tuple[int, int, int] | None, ...]


class Reloading(Generic[T]):
    """The newest content that could be read."""

    def __init__(
        self,
        paths: Sequence[Path],
        read: Callable[[], T],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the files for the first time.

        Raises:
            Exception: What *read* raises.
        """
        self._paths = paths
        self._read = read
        self._monotonic = monotonic
        self._state = self._look()
        self._look_at = monotonic() + LOOK_SECONDS
        self._content = read()

    def content(self) -> T:
        """Return the content; that of before while a file cannot be read."""
        now = self._monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            state = self._look()
            if state != self._state:
                self._state = state
                self._read_again()
        return self._content

    def _read_again(self) -> None:
        names = [path.name for path in self._paths]
        try:
            self._content = self._read()
        except Exception as error:  # noqa: BLE001 - logged, and what was read before serves
            _log.warning(
                "enrichment.file_unreadable", files=names, error=type(error).__name__
            )
        else:
            _log.info("enrichment.file_reloaded", files=names)

    def _look(self) -> _State:
        return tuple(map(_state_of, self._paths))


def _state_of(path: Path) -> tuple[int, int, int] | None:
    """Return what differs when a file was replaced or written; None: there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
