"""One write to the journal for all the redirects of one turn of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

_HEAD = b"HTTP/1.1 307 Temporary Redirect\r\nlocation: "
_TAIL = b"\r\ncache-control: private, no-store\r\ncontent-length: 0\r\n"

Headers = Sequence[tuple[bytes, bytes]]


class Turn:
    """Holds redirects back until their clicks are durable, then sends them all.

    A busy server finds many requests waiting whenever it looks at its sockets.
    Their clicks are committed with one write instead of one each, which is a
    quarter of the cost of a redirect (`docs/adr/0006-server.md`).
    """

    __slots__ = ("_commit", "_default_headers", "_loop", "_tail", "_waiting")

    def __init__(
        self, *, loop: asyncio.AbstractEventLoop, commit: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._commit = commit
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []
        self._default_headers: Headers | None = None
        self._tail = b""

    def redirect(
        self, transport: asyncio.Transport, location: bytes, default_headers: Headers
    ) -> None:
        """Answer on *transport* with a redirect when this turn ends.

        *default_headers* go with every answer; the server makes a new list each
        second, for the date.
        """
        if not self._waiting:
            self._loop.call_soon(self.finish)
            if default_headers is not self._default_headers:
                self._encode(default_headers)
        self._waiting.append((transport, location))

    def finish(self) -> None:
        """Commit the clicks of this turn, then send its answers."""
        waiting, self._waiting = self._waiting, []
        self._commit()
        tail = self._tail
        for transport, location in waiting:
            if not transport.is_closing():
                transport.write(_HEAD + location + tail)

    def _encode(self, default_headers: Headers) -> None:
        lines = [name + b": " + value + b"\r\n" for name, value in default_headers]
        self._default_headers = default_headers
        self._tail = _TAIL + b"".join(lines) + b"\r\n"
