"""What a server's processes use, read from /proc."""

import math
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What has been used so far; NaN where there is no /proc."""

    cpu_seconds: float
    resident_mb: float
    peak_mb: float


def usage_of(pid: int) -> Usage:
    """Return what process *pid* and its children use, taken together."""
    usages = [_usage_of_one(pid) for pid in family(pid)]
    return Usage(
        cpu_seconds=sum(usage.cpu_seconds for usage in usages),
        resident_mb=sum(usage.resident_mb for usage in usages),
        peak_mb=sum(usage.peak_mb for usage in usages),
    )


def cpu_seconds_of(pid: int) -> float:
    """Return the processor time of process *pid* alone, without its children."""
    return _usage_of_one(pid).cpu_seconds


def family(pid: int) -> list[int]:
    """Return *pid* and its children's, and theirs."""
    children: list[str] = []
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def _usage_of_one(pid: int) -> Usage:
    try:
        # The second field is the program's name, which may hold anything.
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return Usage(cpu_seconds=math.nan, resident_mb=math.nan, peak_mb=math.nan)
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return Usage(
        cpu_seconds=(int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"),
        resident_mb=int(fields["VmRSS"].split()[0]) / 1024,
        peak_mb=int(fields["VmHWM"].split()[0]) / 1024,
    )


def thread_seconds_of(pid: int) -> float:
    """Return the processor time of the first thread of process *pid* alone."""
    try:
        stat = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return math.nan
    fields = stat.split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
