"""A server on loopback with pages of all kinds, also hostile ones."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from typing import Final

TITLED = b"<!doctype html><title> A &amp; B\n page </title><p>more"


class Pages:
    """Answers by path; `requests` has what was asked for."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.sent = 0
        self.url = ""

    async def answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request; the client may go away at any moment."""
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ")[1]
            lines = head.lower().split("\r\n")
            host = next(line for line in lines if line.startswith("host:"))
            self.requests.append((path, host.removeprefix("host:").strip()))
            await self._send(path, writer)

    async def _send(self, path: str, writer: asyncio.StreamWriter) -> None:
        name = path.partition("?")[0].strip("/")
        if name == "silent":
            await asyncio.sleep(60)
        elif name == "slow":
            await self._drip(writer)
        elif name == "endless":
            await self._flood(writer)
        elif name.startswith("to/"):
            found = f"Location: {path[4:]}"
            writer.write(_answer(b"", status="302 Found", header=found))
        else:
            writer.write(_ANSWERS.get(name) or _answer(TITLED))
        await writer.drain()

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>")
        for _ in range(600):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)

    async def _flood(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>")
        for _ in range(10_000):
            writer.write(b"x" * 10_000)
            await writer.drain()
            self.sent += 10_000


def _answer(
    body: bytes,
    *,
    status: str = "200 OK",
    content_type: str = "text/html",
    header: str = "X-Nothing: 1",
) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        header,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


_LATIN: Final = "<title>Züri</title>".encode("latin-1")
_CRUMBS_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_PACKED: Final = "Content-Encoding: gzip"
_ANSWERS: Final = {
    "ring": _answer(b"", status="302 Found", header="Location: /ring?more"),
    "bomb": _answer(gzip.compress(b"\0" * 50_000_000), header=_PACKED),
    "gzip": _answer(gzip.compress(TITLED), header=_PACKED),
    "garbage": b"\x16\x03\x01 no http\r\n\r\n",
    "text": _answer(TITLED, content_type="text/plain"),
    "crumbs": _CRUMBS_HEAD
    + b"1\r\n<\r\n" * 60_000
    + b"%x\r\n%s\r\n0\r\n\r\n" % (len(TITLED), TITLED),
    "gone": _answer(TITLED, status="404 Not Found"),
    "latin": _answer(_LATIN, content_type="text/html; charset=ISO-8859-1"),
    "wrong": _answer(_LATIN, content_type="text/html; charset=unicode_escape"),
}


@asynccontextmanager
async def serving(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Pages]:
    """Serve pages on an address of loopback; port 0: a free one."""
    pages, tasks = Pages(), set[asyncio.Task[None]]()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(pages.answer(reader, writer)))

    server = await asyncio.start_server(begin, host, port)
    pages.url = f"http://{host}:{server.sockets[0].getsockname()[1]}"
    yield pages
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
