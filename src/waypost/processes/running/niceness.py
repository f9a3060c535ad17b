"""Give other processes precedence."""

import os
from contextlib import suppress
from pathlib import Path


def yield_processor(niceness: int, *, pid: int) -> None:
    """Set the niceness of process *pid* to *niceness*, 19 at most, if it is lower.

    Linux may share the processor among sessions first, and use niceness only
    within each; then that of the session counts (`sched(7)`, "The autogroup feature").
    """
    # Only a privileged process may lower a niceness.
    niceness = max(niceness, os.getpriority(os.PRIO_PROCESS, pid))
    os.setpriority(os.PRIO_PROCESS, pid, niceness)
    with suppress(OSError):  # not Linux, or without that feature
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness), "ascii")
