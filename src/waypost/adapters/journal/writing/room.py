"""How much room a journal needs to be called well."""

import errno
import os
from pathlib import Path
from typing import Final

BOUND_REACHED: Final = "JOURNAL_MAX_MEGABYTES is reached"

MIN_FREE_BYTES: Final = 1_000_000
"""With less on the disk clicks are about to be dropped: it holds some thousands."""


def require_free_disk(folder: Path) -> None:
    """Return if the disk of *folder* has room for clicks. Raises OSError."""
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < MIN_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
