"""Loopback ports that stay free while their server is away."""

import fcntl
import itertools
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

HOST = "127.0.0.1"

# Below what Linux (32768) and macOS (49152) hand to outgoing connections: a server
# that is down for a while would otherwise find its port taken by another's client.
_FIRST, _LAST = 15_000, 31_999

# Processes side by side, of any checkout, take theirs from different slices, and none
# takes one twice before all others: a port without a listener may be that of a
# server that is down.
_SLICE = 250


def free_port() -> int:
    """Return a loopback port without a listener, outside the ephemeral range.

    Raises:
        OSError: None was found; the machine is full of servers.
    """
    untried = _candidates(os.getpid())
    for _ in range(_SLICE):
        port = next(untried)
        with suppress(OSError), socket.create_server((HOST, port)):
            return port
    raise OSError(f"no free port between {_FIRST} and {_LAST} on {HOST}")


def free_ports(count: int) -> list[int]:
    """Return *count* such ports, all different.

    Raises:
        OSError: As `free_port`.
    """
    return [free_port() for _ in range(count)]


@cache
def _candidates(_pid: int) -> Iterator[int]:
    """Return the ports of this process's slice, for ever, from a random one on.

    A process that was forked has another id, and so a slice of its own.
    """
    first = _claimed_slice()
    start = random.SystemRandom().randrange(_SLICE)
    return (first + number % _SLICE for number in itertools.count(start))


def _claimed_slice() -> int:
    """Return the first port of a slice that is this process's until it ends."""
    folder = Path(tempfile.gettempdir()) / f"waypost-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    slices = list(range(_FIRST, _LAST + 1, _SLICE))
    random.SystemRandom().shuffle(slices)
    for first in slices:
        # Never closed: its lock keeps other processes out.
        claim = os.open(folder / str(first), os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(claim)
        else:
            return first
    raise OSError(f"all ports between {_FIRST} and {_LAST} are claimed in {folder}")


def accepts(port: int, *, seconds: float = 1.0) -> bool:
    """Return whether a process accepts connections on loopback *port*."""
    try:
        with socket.create_connection((HOST, port), timeout=seconds):
            return True
    except OSError:
        return False
