"""Send requests at a constant mean rate and measure what visitors would wait.

A client that sends its next request when the last one is answered is slowed down by a
slow server: while the server stalls, the requests that would have suffered are never
sent, and the percentiles look fine ("coordinated omission"). Here every request has its
due time before the run begins, and its latency counts from that time, whether or not a
connection was free to send it. Visitors do not know of each other, so the due times are
random (a Poisson process, the same one in every run).

The client is one thread of Python. Its own delays are part of the figures, which are
therefore upper bounds; nginx at the same rate shows how much of them is the client's
and the machine's.
"""

import gc
import random
import re
import selectors
import socket
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from time import perf_counter

from bench.servers import HOST, BenchError
from bench.wrk import BROWSER_HEADERS, CONNECTIONS

_PATIENCE_SECONDS = 10.0
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


def due_times(*, rate: float, count: int) -> Sequence[float]:
    """Return when each of *count* requests is due, in seconds from the start."""
    chance = random.Random(20)
    return array("d", accumulate(chance.expovariate(rate) for _ in range(count)))


def all_at_once(count: int) -> Sequence[float]:
    """Return due times for *count* requests as fast as the server answers them."""
    return array("d", bytes(8 * count))


def follow(port: int, codes: Sequence[str], due: Sequence[float]) -> Sequence[float]:
    """Follow *codes* in turn, a request per due time; return latencies in seconds.

    Raises:
        BenchError: An answer is not a 307, or the server stopped answering.
    """
    requests = [_request(port, code) for code in codes]
    latencies = array("d")
    with _connections(port) as (idle, selector), _no_garbage_collection():
        waiting: dict[socket.socket, float] = {}
        pieces: dict[socket.socket, bytes] = {}
        sent = 0
        start = last_answer = perf_counter()
        while len(latencies) < len(due):
            now = perf_counter() - start
            while idle and sent < len(due) and due[sent] <= now:
                connection = idle.popleft()
                connection.sendall(requests[sent % len(requests)])
                waiting[connection] = due[sent]
                sent += 1
            # Spins while a request is due soon: sleeping would make it late.
            for key, _ in selector.select(0 if idle and sent < len(due) else 1):
                connection = key.fileobj  # type: ignore[assignment]  # only sockets
                answer = pieces.pop(connection, b"") + connection.recv(65536)
                if is_complete(answer):
                    last_answer = perf_counter()
                    latencies.append(last_answer - start - waiting.pop(connection))
                    idle.append(connection)
                else:
                    pieces[connection] = answer
            if waiting and perf_counter() - last_answer > _PATIENCE_SECONDS:
                raise BenchError(f"{len(waiting)} requests got no answer.")
    return latencies


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


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that *percent* % of *values* do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


def _request(port: int, code: str) -> bytes:
    headers = {"Host": f"{HOST}:{port}", **BROWSER_HEADERS}
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
                key.fileobj.close()  # type: ignore[union-attr]  # only sockets


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
