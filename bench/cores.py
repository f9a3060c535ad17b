"""Which cores what is measured runs on."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from bench.usage import family

Placing = Callable[[int], AbstractContextManager[None]]
"""Where the process of an id runs meanwhile."""


def can_part() -> bool:
    """Return whether there is a core to spare, and a way to keep others off it."""
    return hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1


@contextmanager
def apart(pids: Iterable[int]) -> Iterator[None]:
    """Give processes *pids* a core of their own among all that we have started.

    With few cores a scheduler moves all processes about, and the result measures
    that.
    """
    cores = os.sched_getaffinity(0)
    own = {min(cores)}
    _place(family(os.getpid()), cores - own)
    _place(pids, own)
    try:
        yield
    finally:
        _place(family(os.getpid()), cores)


def _place(pids: Iterable[int], cores: set[int]) -> None:
    for pid in pids:
        with suppress(OSError):  # it has ended meanwhile
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), cores)
