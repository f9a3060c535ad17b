"""A process with all its descendants, so that none survives or runs on.

A server's children may lead sessions of their own (PostgreSQL's do), so process
groups do not reach them; the tree of parents does.
"""

import os
import signal
import subprocess
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_FREEZE_SECONDS = 30.0
"""How long a machine may take to stop a process, at most."""


def family(pid: int) -> list[int]:
    """Return *pid* and its living descendants, parents first."""
    children = _children()
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children[one]
    return found


def signal_family(pid: int, number: signal.Signals) -> list[int]:
    """Send a signal to *pid* and its descendants; return the ids it was sent to.

    They are listed again until no new one is found, for a parent may have forked
    until the signal reached it.
    """
    reached: list[int] = []
    while new := [one for one in family(pid) if one not in reached]:
        for one in new:
            with suppress(ProcessLookupError):
                os.kill(one, number)
        reached += new
    return reached


def freeze_family(pid: int) -> None:
    """Stop *pid* and its descendants from running; return once none of them does.

    A signal comes at once, but a busy machine takes a while to stop every thread, and
    what runs on meanwhile answers.
    """
    stopped = signal_family(pid, signal.SIGSTOP)
    until = time.monotonic() + _FREEZE_SECONDS
    while any(map(_runs, stopped)) and time.monotonic() < until:
        time.sleep(0.005)


def kill_family(pid: int) -> list[int]:
    """End *pid* and its descendants at once; return their ids.

    They are frozen first, so that none can react to the end of another.
    """
    members = signal_family(pid, signal.SIGSTOP)
    for one in members:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    return members


def is_alive(pid: int) -> bool:
    """Return whether *pid* runs; a zombie does not, once all its threads have ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return _state(pid) != "Z" or _threads(pid) > 1


def started_at(pid: int) -> str:
    """Return when *pid* started, in words that no later process of that id shares.

    Empty if it does not run.
    """
    if not is_alive(pid):
        return ""
    if _on_linux():
        with suppress(OSError):
            return _stat(pid)[19]  # clock ticks since the machine started
        return ""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    return shown.stdout.strip()


def _state(pid: int) -> str:
    try:
        return _stat(pid)[0]
    except (OSError, IndexError):
        return "?"


def _runs(pid: int) -> bool:
    """Return whether a thread of *pid* has not been stopped; only Linux says so."""
    try:
        stats = [(thread / "stat").read_text() for thread in _thread_folders(pid)]
        states = [stat.rpartition(")")[2].split()[0] for stat in stats]
    except (OSError, IndexError):
        return False
    return not set(states) <= {"T", "t", "Z", "X"}


def _thread_folders(pid: int) -> list[Path]:
    return list((_PROC / str(pid) / "task").iterdir())


def _threads(pid: int) -> int:
    """Return how many threads *pid* has, its first included; 0: that is not known."""
    try:
        return len(_thread_folders(pid))
    except OSError:
        return 0


def _children() -> defaultdict[int, list[int]]:
    children = defaultdict(list)
    for pid, parent in _parents():
        children[parent].append(pid)
    return children


def _parents() -> list[tuple[int, int]]:
    if not _on_linux():
        return _parents_by_ps()
    pairs = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                pairs.append((int(entry.name), int(_stat(int(entry.name))[1])))
    return pairs


def _on_linux() -> bool:
    return (_PROC / "self" / "stat").exists()


def _stat(pid: int) -> list[str]:
    # The second field is the command in parentheses, which may hold anything.
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _parents_by_ps() -> list[tuple[int, int]]:
    shown = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    lines = (line.split() for line in shown.stdout.splitlines())
    return [(int(pid), int(parent)) for pid, parent in lines]
