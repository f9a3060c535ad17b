"""The files of a restore, beside those of the data folder that they will replace.

::

    DATA_DIR/restoring/data/…   written, then `ready`, then moved into place, removed

Before `ready` exists, nothing has changed. While it exists, no server may start,
and restoring again completes the restore.
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from waypost.adapters.backup.archive import sync_folder
from waypost.domain.errors import Unusable

_FOLDER: Final = "restoring"
_READY: Final = "ready"
_JOURNAL: Final = "journal"
_POSITIONS: Final = ("forwarded", "*.reader")
"""In the journal's folder: up to where each reader that has a file has read."""


class RestoreUnfinishedError(Unusable):
    """A restore was killed after it had begun to change things."""


def require_no_restore(data_dir: Path) -> None:
    """Refuse a data folder whose restore was not finished.

    Raises:
        RestoreUnfinishedError: It was not.
    """
    if Staging(data_dir).is_ready:
        raise RestoreUnfinishedError(
            f"A restore of {data_dir} was not finished. Run the same `waypost restore` "
            "again."
        )


class Staging:
    """The files of a backup on their way into *data_dir*."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._folder = data_dir / _FOLDER
        self._files = self._folder / "data"

    @property
    def is_ready(self) -> bool:
        """Whether the files began to take their place."""
        return (self._folder / _READY).exists()

    def begin(self) -> None:
        """Make room for the files; keep the mark of an unfinished restore.

        Raises OSError.
        """
        shutil.rmtree(self._files, ignore_errors=True)
        self._files.mkdir(parents=True)

    def add(self, name: str, content: bytes) -> None:
        """Put *content* beside the file *name* of the data folder. Raises OSError."""
        path = self._files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)

    def mark_ready(self) -> None:
        """Let no server start until the files are in place. Raises OSError."""
        with (self._folder / _READY).open("wb") as file:
            os.fsync(file.fileno())
        sync_folder(self._folder)
        sync_folder(self._data_dir)

    def finish(self, *, same: bool) -> Path | None:
        """Move the files into place, and remove the mark.

        The current journal may hold clicks that the backup lacks. With *same* it
        is the journal of the backup too, and both are merged; otherwise it is moved
        aside, and its new path is returned. Raises OSError.
        """
        journal = self._data_dir / _JOURNAL
        aside = None
        if not same and any(journal.glob("*.seg")):
            aside = self._data_dir / f"{_JOURNAL}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
            journal.rename(aside)
        for path in sorted(self._files.rglob("*")):
            if path.is_file():
                self._move(path, self._data_dir / path.relative_to(self._files))
        # What a reader has passed, the restored database may lack: all is read again.
        for pattern in _POSITIONS:
            for path in journal.glob(pattern):
                path.unlink()
        sync_folder(self._data_dir)
        shutil.rmtree(self._folder)
        sync_folder(self._data_dir)
        return aside

    def _move(self, path: Path, target: Path) -> None:
        """Move a file into place, unless the current journal has a longer one."""
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.parent.name == _JOURNAL and target.exists():
            is_longer = path.read_bytes().startswith(target.read_bytes())
            if path.suffix != ".seg" or not is_longer:
                return
        path.replace(target)
        sync_folder(target.parent)
