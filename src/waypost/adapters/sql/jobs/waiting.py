"""Whether a job was asked for, without the libraries that a store takes.

The process that stores a journal's clicks asks every other second, for jobs that may
come once a month.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

_TIMEOUT_SECONDS: Final = 5.0
_QUESTION: Final = (
    "SELECT EXISTS (SELECT 1 FROM asked_jobs WHERE state IN ('queued', 'running'))"
)


def is_any_active(path: Path) -> bool:
    """Return whether a job of the database at *path* waits or runs.

    False too while the file cannot be read, or is of an older release.
    """
    try:
        file = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_TIMEOUT_SECONDS
        )
        with closing(file):
            return bool(file.execute(_QUESTION).fetchone()[0])
    except sqlite3.OperationalError:
        return False
