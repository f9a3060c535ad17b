"""A stream of lines to a running server, whose answer is read meanwhile."""

import re
import socket
import threading
import time
from pathlib import Path
from typing import Final

from bench.servers import TARGET, BenchError, Server, waypost

_LINES: Final = 500
"""In each piece that is sent."""
_TOKEN: Final = "the token of the benchmark"


def by_stream(data: Path, number: int, *, database_url: str = "") -> float:
    """Return how many links a second a server in the folder *data* makes.

    Raises:
        BenchError: Some were not made.
    """
    data.mkdir()
    (data / ".env").write_text(
        f"ADMIN_TOKEN={_TOKEN}\nDATABASE_URL={database_url}\nREPORTS=false\n"
    )
    with waypost(data) as server:
        _send(server, _LINES)
        began = time.perf_counter()
        _send(server, number)
        return number / (time.perf_counter() - began)


def _send(server: Server, number: int) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        sending = threading.Thread(target=_write, args=(connection, number))
        sending.start()
        answer = b""
        while piece := connection.recv(1 << 20):
            answer = (answer + piece)[-500:]
        sending.join()
    made = re.search(rb'"succeeded":([0-9]+),"failed":0', answer)
    if not made or int(made[1]) != number:
        raise BenchError(f"Not all links were made: {answer.decode()[-200:]}")


def _write(connection: socket.socket, number: int) -> None:
    connection.sendall(
        b"POST /api/v1/links/bulk HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/jsonl\r\nConnection: close\r\n"
        b"Authorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n"
        % _TOKEN.encode()
    )
    for first in range(0, number, _LINES):
        numbers = range(first, min(first + _LINES, number))
        lines = "".join(f'{{"url": "{TARGET}{n}"}}\n' for n in numbers).encode()
        connection.sendall(b"%x\r\n%s\r\n" % (len(lines), lines))
    connection.sendall(b"0\r\n\r\n")
