"""One write to the journal for all the redirects of one turn of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from waypost.domain.options import RedirectStatus
from waypost.edge.answers import LONGEST_REMEMBERED, REMEMBERED, redirect
from waypost.http.answers import Answer
from waypost.http.headers import Header

Headers = Sequence[tuple[bytes, bytes]]


_STATUS_LINES: Final[Mapping[int, bytes]] = {
    status: b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode())
    for status in map(HTTPStatus, RedirectStatus)
}


def encoded(answer: Answer) -> bytes:
    """Return the head of *answer*, as it is sent before the server's own headers."""
    location = answer.headers[0][1]
    encode = _remembered if len(location) <= LONGEST_REMEMBERED else _encoded
    return encode(answer.status, *answer.headers)


def _encoded(status: int, *headers: Header) -> bytes:
    lines = [name + b": " + value + b"\r\n" for name, value in headers]
    return _STATUS_LINES[status] + b"".join(lines)


_remembered: Final = lru_cache(maxsize=REMEMBERED)(_encoded)


# Of the usual redirect, which is encoded once: what stands around its location.
_HEAD, _TAIL = encoded(redirect(b"/")).split(b"/\r\n")
_TAIL = b"\r\n" + _TAIL


class Turn:
    """Delays redirects until their clicks are durable, then sends them all.

    A busy server finds many requests waiting whenever it reads its sockets.
    Their clicks are committed with one write instead of one each, which is a
    quarter of the cost of a redirect (`docs/adr/0006-server.md`).
    """

    __slots__ = (
        "_commit",
        "_default_headers",
        "_default_tail",
        "_loop",
        "_tail",
        "_waiting",
    )

    def __init__(
        self, *, loop: asyncio.AbstractEventLoop, commit: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._commit = commit
        self._waiting: list[tuple[asyncio.Transport, bytes, bytes]] = []
        self._default_headers: Headers | None = None
        self._tail = self._default_tail = b""

    def redirect(
        self, transport: asyncio.Transport, location: bytes, default_headers: Headers
    ) -> None:
        """Answer on *transport* with a redirect when this turn ends.

        *default_headers* go with every answer; the server makes a new list each
        second, for the date.
        """
        if not self._waiting:
            self._begin(default_headers)
        self._waiting.append((transport, _HEAD + location, self._tail))

    def answer(
        self, transport: asyncio.Transport, answer: Answer, default_headers: Headers
    ) -> None:
        """Answer with any other redirect when this turn ends, as `redirect` does."""
        if not self._waiting:
            self._begin(default_headers)
        self._waiting.append((transport, encoded(answer), self._default_tail))

    def finish(self) -> None:
        """Commit the clicks of this turn, then send its answers."""
        waiting, self._waiting = self._waiting, []
        self._commit()
        for transport, start, tail in waiting:
            if not transport.is_closing():
                transport.write(start + tail)

    def _begin(self, default_headers: Headers) -> None:
        self._loop.call_soon(self.finish)
        if default_headers is not self._default_headers:
            self._encode(default_headers)

    def _encode(self, default_headers: Headers) -> None:
        lines = [name + b": " + value + b"\r\n" for name, value in default_headers]
        self._default_headers = default_headers
        self._default_tail = b"".join(lines) + b"\r\n"
        self._tail = _TAIL + self._default_tail
