"""An HTTP client that knows whether a failed request can have been carried out.

Ordinary clients repeat requests on their own, and report a refused connection and a
lost answer alike.
"""

import asyncio
from types import TracebackType
from typing import NamedTuple, Self

from cluster.servers.ports import HOST

_ANSWER_SECONDS = 90.0


class UnansweredError(Exception):
    """No answer came; *sent* says whether the request may have been carried out."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("no answer")
        self.sent = sent


class Answer(NamedTuple):
    """What was answered."""

    status: int
    location: str
    """Empty where there is none."""
    body: bytes


class Client:
    """One connection to loopback *port*, opened when needed and again after errors."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._close()

    async def request(
        self, method: str, path: str, body: bytes = b"", *, token: str = ""
    ) -> Answer:
        """Send one request, once, and return its answer; *body* is JSON.

        *token* authorises it.

        Raises:
            UnansweredError: The connection was refused or ended, or it took too long.
        """
        reader, writer = await self._connection()
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                writer.write(_request(method, path, body, token))
                return await self._answer(reader, method)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self._close()
            raise UnansweredError(sent=True) from error

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            try:
                self._streams = await asyncio.open_connection(HOST, self._port)
            except OSError as error:
                raise UnansweredError(sent=False) from error
        return self._streams

    async def _answer(self, reader: asyncio.StreamReader, method: str) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = b""
        if method != "HEAD":
            if "content-length" not in headers:
                body = await reader.read()
            else:
                body = await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close" or "content-length" not in headers:
            self._close()
        return Answer(status, headers.get("location", ""), body)

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _request(method: str, path: str, body: bytes, token: str) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: chaos\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body
