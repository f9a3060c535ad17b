"""Loopback ports that stay free while their server is away."""

import itertools
import os
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

HOST = "127.0.0.1"

# Below what Linux (32768) and macOS (49152) hand to outgoing connections: a server
# that is down for a while would otherwise find its port taken by somebody's client.
_FIRST, _LAST = 15_000, 31_999

# Processes side by side take theirs from different slices, and none takes one twice
# before all others: a port that nobody listens on may be that of a server that is down.
_SLICE = 1_000


def free_port() -> int:
    """Return a loopback port that nobody listens on, outside the ephemeral range.

    Raises:
        OSError: None was found; the machine is full of servers.
    """
    untried = candidates(os.getpid())
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
def candidates(pid: int) -> Iterator[int]:
    """Yield the ports of process *pid*'s slice for ever, from a random one on."""
    slices = (_LAST + 1 - _FIRST) // _SLICE
    first = _FIRST + pid % slices * _SLICE
    start = random.SystemRandom().randrange(_SLICE)
    return (first + number % _SLICE for number in itertools.count(start))


def accepts(port: int, *, seconds: float = 1.0) -> bool:
    """Tell whether somebody accepts connections on loopback *port*."""
    try:
        with socket.create_connection((HOST, port), timeout=seconds):
            return True
    except OSError:
        return False
