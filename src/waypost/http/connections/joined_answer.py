"""The head and the body of an answer in one piece.

uvicorn writes them separately, and uvloop sends each at once: two system calls, two
packets, and a client that wakes up twice.
"""

from __future__ import annotations

import asyncio


class JoinedAnswer(asyncio.Transport):
    """A connection's transport for one answer, whose head waits for its body.

    Not for an answer to HEAD, whose body never comes.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._held = b""
        self._is_joined = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep the head; send it with what follows it."""
        if self._is_joined:
            self._transport.write(data)
        elif not self._held:
            self._held = bytes(data)
        else:
            self._is_joined = True
            self._transport.write(self._held + data)

    def is_closing(self) -> bool:
        """Return whether nothing can be sent any more."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Send a head that is left, of an answer that broke off, and close."""
        if self._held and not self._is_joined:
            self._transport.write(self._held)
        self._transport.close()
