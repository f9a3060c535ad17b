"""Sequences after the machine was started again, which may have lost their records.

The end of a journal is not forced to the disk, so a power cut takes it away, while the
bus has those clicks already. Were their sequences given to other clicks, these would
pass for clicks that were counted.

::

    boot id as noted?  yes: the kernel still has every byte that was written
                       no:  go on where no sequence can have been

Where a store counts from this very journal, it knows them all, and none of this is
needed.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from waypost.domain.clicks import LANES
from waypost.domain.gaps import SEQUENCES_PER_SECOND

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
"""A new one with every start of a Linux machine: `random(4)`."""
_NOTE: Final = "boot"


def above_lost(
    folder: Path, known: Mapping[int, int], *, now: Callable[[], float] = time.time
) -> dict[int, int]:
    """Return by lane the sequence to go on above; *known* are used for certain.

    It differs from *known* if the machine was started since `note_boot`, or nobody
    can tell.
    """
    boot = _boot_id()
    if boot is not None and boot == _noted(folder):
        return dict(known)
    # Above every sequence that began there earlier, and below 2**63 for the next
    # 200,000 years.
    floor = int(now()) * SEQUENCES_PER_SECOND
    return {lane: max(known.get(lane, 0), floor) for lane in range(LANES)}


def note_boot(folder: Path) -> None:
    """Remember that the journal in *folder* goes on above what may be lost.

    To be called once a segment says so: this boot's next start trusts it. Where the
    disk refuses, the next start goes on further above.
    """
    boot = _boot_id()
    if boot is not None and boot != _noted(folder):
        with suppress(OSError):
            (folder / _NOTE).write_text(boot + "\n", "ascii")


def _boot_id() -> str | None:
    return _first_line(_BOOT_ID)


def _noted(folder: Path) -> str | None:
    return _first_line(folder / _NOTE)


def _first_line(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip() or None
    except (OSError, ValueError):
        return None
