"""Links that are made over HTTP: by a stream that is read meanwhile, or by lists."""

import json
import re
import socket
import threading
from typing import Final

from bench.servers import TARGET, BenchError, Server

TOKEN: Final = "the token of the benchmark"
_LINES: Final = 500
"""In each piece that is sent."""
_MOST: Final = 10_000
"""Items of one call that is no stream."""


def by_stream(server: Server, number: int) -> None:
    """Make *number* links by one stream.

    Raises:
        BenchError: Some were not made.
    """
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        sending = threading.Thread(target=_write, args=(connection, number))
        sending.start()
        answer = _ends(connection)[1]
        sending.join()
    _check(answer, number)


def by_lists(server: Server, number: int) -> None:
    """Make *number* links by calls with 10,000 items each.

    Raises:
        BenchError: Some were not made.
    """
    for first in range(0, number, _MOST):
        numbers = range(first, min(first + _MOST, number))
        items = [{"url": f"{TARGET}{n}"} for n in numbers]
        body = json.dumps({"items": items}).encode()
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(
                _head("application/json", f"Content-Length: {len(body)}")
            )
            connection.sendall(body)
            _check(_ends(connection)[0], len(numbers))


def _write(connection: socket.socket, number: int) -> None:
    connection.sendall(_head("application/jsonl", "Transfer-Encoding: chunked"))
    for first in range(0, number, _LINES):
        numbers = range(first, min(first + _LINES, number))
        lines = "".join(f'{{"url": "{TARGET}{n}"}}\n' for n in numbers).encode()
        connection.sendall(b"%x\r\n%s\r\n" % (len(lines), lines))
    connection.sendall(b"0\r\n\r\n")


def _head(content_type: str, length: str) -> bytes:
    return (
        f"POST /api/v1/links/bulk HTTP/1.1\r\nHost: localhost\r\n{length}\r\n"
        f"Content-Type: {content_type}\r\nConnection: close\r\n"
        f"Authorization: Bearer {TOKEN}\r\n\r\n"
    ).encode()


def _ends(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return how the answer begins and how it ends."""
    first = last = b""
    while piece := connection.recv(1 << 20):
        first = first if len(first) > 1_000 else first + piece[:2_000]
        last = (last + piece)[-500:]
    return first, last


def _check(text: bytes, number: int) -> None:
    made = re.search(rb'"succeeded":([0-9]+),"failed":0', text)
    if not made or int(made[1]) != number:
        raise BenchError(f"Not all links were made: {text.decode()[-300:]}")
