"""Let other processes go first."""

import os
from contextlib import suppress
from pathlib import Path


def yield_processor(niceness: int, *, pid: int) -> None:
    """Have process *pid* yield to others by *niceness*, 19 at most, or more if it does.

    Linux may share the processor out among sessions first, and look at niceness only
    within each; then that of the session counts (`sched(7)`, "The autogroup feature").
    """
    # To yield less than before is not everybody's right.
    niceness = max(niceness, os.getpriority(os.PRIO_PROCESS, pid))
    os.setpriority(os.PRIO_PROCESS, pid, niceness)
    with suppress(OSError):  # not Linux, or without that feature
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness), "ascii")
