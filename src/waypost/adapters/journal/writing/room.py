"""How much room a journal needs to be called well."""

import errno
import os
from pathlib import Path
from typing import Final, NamedTuple

BOUND_REACHED: Final = "JOURNAL_MAX_MEGABYTES is reached"

MIN_FREE_BYTES: Final = 1_000_000
"""With less on the disk clicks are about to be dropped: it holds some thousands."""


class Bounds(NamedTuple):
    """How much a journal writes, in bytes."""

    segment: int
    """To one segment, before the next one is begun."""
    total: int
    """To all segments of its folder; beyond it clicks are dropped."""


def require_free_disk(folder: Path) -> None:
    """Return if the disk of *folder* has room for clicks. Raises OSError."""
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < MIN_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
