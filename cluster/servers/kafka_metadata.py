"""Ask a Kafka broker whether it is open, in its own protocol and without a client.

A client library would log each refused connection while the broker starts.
"""

import socket
import struct

from cluster.servers.ports import HOST

_METADATA, _VERSION_1, _CORRELATION, _NO_TOPICS = 3, 1, 1, 0
_CLIENT = b"waypost"


def knows_brokers(port: int) -> bool:
    """Return whether the broker on loopback *port* names a broker that is open."""
    body = struct.pack(
        f"!hhih{len(_CLIENT)}si",
        *(_METADATA, _VERSION_1, _CORRELATION, len(_CLIENT), _CLIENT, _NO_TOPICS),
    )
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(struct.pack("!i", len(body)) + body)
            # Length, correlation id, number of brokers.
            answer = connection.recv(12, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) == 12 and struct.unpack("!iii", answer)[2] > 0
