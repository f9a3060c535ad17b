"""Follow links one after another and wait for every answer.

Unlike wrk, which drops its connections when its time is up, this client has read the
answer to all that it asked: what it followed is exactly what must be counted.
"""

import re
import selectors
import socket
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice

from bench.load.wrk import BROWSER_HEADERS, CONNECTIONS
from bench.servers import HOST, BenchError

_TIMEOUT_SECONDS = 10.0
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


def follow(port: int, codes: Sequence[str]) -> None:
    """Follow each of *codes* once, as fast as the server answers.

    Raises:
        BenchError: An answer is not a 307, or the server stopped answering.
    """
    send(port, (request(port, code, {}) for code in codes), number=len(codes))


def send(port: int, requests: Iterator[bytes], *, number: int) -> None:
    """Send the first *number* of *requests*, as fast as the server answers.

    Raises:
        BenchError: An answer is not a 307, or the server stopped answering.
    """
    requests = islice(requests, number)
    with _connections(port) as (idle, selector):
        pieces: dict[socket.socket, bytes] = {}
        answered = 0
        while answered < number:
            for one in islice(requests, len(idle)):
                idle.popleft().sendall(one)
            ready = selector.select(_TIMEOUT_SECONDS)
            if not ready:
                raise BenchError(f"{number - answered} requests got no answer.")
            for key, _ in ready:
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                answer = pieces.pop(connection, b"") + connection.recv(65536)
                if is_complete(answer):
                    answered += 1
                    idle.append(connection)
                else:
                    pieces[connection] = answer


def is_complete(answer: bytes) -> bool:
    """Return whether *answer* is a whole redirect, headers and body.

    Raises:
        BenchError: It is something else.
    """
    if not answer:
        raise BenchError("The server closed a connection instead of answering.")
    if not answer.startswith(b"HTTP/1.1 307 "[: len(answer)]):
        raise BenchError(f"A redirect was expected, not {answer[:60]!r}.")
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    length = _LENGTH.search(head)
    return length is None or len(body) >= int(length[1])


def request(port: int, code: str, changed: Mapping[str, str]) -> bytes:
    """Return what a browser sends to follow *code*, whose *changed* headers differ."""
    headers = {"Host": f"{HOST}:{port}", **BROWSER_HEADERS, **changed}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET /{code} HTTP/1.1\r\n{lines}\r\n".encode()


@contextmanager
def _connections(
    port: int,
) -> Iterator[tuple[deque[socket.socket], selectors.BaseSelector]]:
    idle: deque[socket.socket] = deque()
    with selectors.DefaultSelector() as selector:
        try:
            for _ in range(CONNECTIONS):
                connection = socket.create_connection((HOST, port), timeout=10)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
                idle.append(connection)
            yield idle, selector
        finally:
            for key in list(selector.get_map().values()):
                assert isinstance(key.fileobj, socket.socket), "nothing else is there"
                key.fileobj.close()
