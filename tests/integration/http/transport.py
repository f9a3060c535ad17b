"""A transport without a socket: what the protocol does to it can be looked at."""

import asyncio
from typing import Protocol


class StreamProtocol(Protocol):
    """What the transport calls."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn that the connection is gone."""


class MemoryTransport(asyncio.Transport):
    """Keeps what was written, and ends the connection as a real transport does.

    What uvloop's transport refuses is kept in `mistakes`, for a test to look at.
    """

    def __init__(self, *, peer: str = "192.0.2.1") -> None:
        super().__init__({"peername": (peer, 1234), "sockname": ("::", 80)})
        self.protocol: StreamProtocol | None = None
        self.written = bytearray()
        self.reads = True
        self.is_ended = False
        self.is_aborted = False
        self.mistakes: list[str] = []
        self._is_closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep *data*, unless the end was announced."""
        assert not self.is_ended, "nothing is written behind the end"
        self.written += data

    def get_write_buffer_size(self) -> int:
        """Everything is sent at once."""
        return 0

    def can_write_eof(self) -> bool:
        """As a socket."""
        return True

    def write_eof(self) -> None:
        """Announce the end."""
        self.is_ended = True

    def is_closing(self) -> bool:
        """Return whether it was closed."""
        return self._is_closing

    def close(self) -> None:
        """Close; the protocol learns of it a moment later."""
        if not self._is_closing:
            self._is_closing = self.is_ended = True
            if self.protocol is not None:
                loop = asyncio.get_running_loop()
                loop.call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        """Close without waiting for what is not sent."""
        self.is_aborted = True
        self.close()

    def pause_reading(self) -> None:
        """Let what the client sends wait."""
        self._refuse_if_closing("pause_reading")
        self.reads = False

    def resume_reading(self) -> None:
        """Take what the client sends."""
        self._refuse_if_closing("resume_reading")
        self.reads = True

    def _refuse_if_closing(self, what: str) -> None:
        if self._is_closing:
            self.mistakes.append(what)
