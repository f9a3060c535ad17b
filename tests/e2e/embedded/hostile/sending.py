"""Sends requests byte for byte, over one connection as long as it lasts."""

import http.client
from dataclasses import dataclass

from tests.e2e.embedded.hostile.spoiling import Raw

ANSWER_SECONDS = 120


@dataclass(frozen=True)
class Got:
    """An answer; a status of 0 is none."""

    status: int
    kind: str = ""
    text: bytes = b""


class Sender:
    """A client that is as fast as the server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = self._open()

    def send(self, request: Raw) -> Got:
        """Return the answer; a connection that has ended is opened once more."""
        for _ in range(2):
            try:
                return self._answer(request)
            except (ConnectionError, http.client.HTTPException):
                self._connection.close()
                self._connection = self._open()
        return Got(0)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _open(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=ANSWER_SECONDS
        )

    def _answer(self, request: Raw) -> Got:
        connection = self._connection
        query = f"?{request.query}" if request.query else ""
        connection.putrequest(
            request.method, request.path + query, skip_accept_encoding=True
        )
        for name, value in request.headers.items():
            connection.putheader(name, value.encode("latin-1"))
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        answer = connection.getresponse()
        text = answer.read()
        if answer.will_close:
            connection.close()
        return Got(answer.status, answer.headers.get("Content-Type", ""), text)
