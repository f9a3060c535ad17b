"""Loopback ports that stay free while their server is away."""

import random
import socket
from contextlib import suppress

HOST = "127.0.0.1"

# Below what Linux (32768) and macOS (49152) hand to outgoing connections: a server
# that is down for a while would otherwise find its port taken by somebody's client.
_FIRST, _LAST = 15_000, 32_000


def free_port() -> int:
    """Return a loopback port that nobody listens on, outside the ephemeral range.

    Raises:
        OSError: None was found; the machine is full of servers.
    """
    choice = random.SystemRandom()
    for _ in range(200):
        port = choice.randint(_FIRST, _LAST)
        with suppress(OSError), socket.create_server((HOST, port)):
            return port
    raise OSError(f"no free port between {_FIRST} and {_LAST} on {HOST}")


def free_ports(count: int) -> list[int]:
    """Return *count* such ports, all different.

    Raises:
        OSError: As `free_port`.
    """
    ports: set[int] = set()
    while len(ports) < count:
        ports.add(free_port())
    return list(ports)


def accepts(port: int, *, seconds: float = 1.0) -> bool:
    """Tell whether somebody accepts connections on loopback *port*."""
    try:
        with socket.create_connection((HOST, port), timeout=seconds):
            return True
    except OSError:
        return False
