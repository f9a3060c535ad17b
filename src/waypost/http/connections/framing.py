"""Where each request on a connection ends, so that the parser gets them one by one.

Bytes are only cut here: a piece never holds the end of one message
and the beginning of the next, and never a head together with its body.
"""

from typing import Final

END_OF_HEAD: Final = b"\r\n\r\n"
END_BYTES: Final = len(END_OF_HEAD)


class Framing:
    """Cuts a client's bytes into pieces, with the lengths that the parser reports."""

    __slots__ = ("_at", "_data", "_tail", "body_left")

    def __init__(self) -> None:
        self._data = b""
        self._at = 0
        self._tail = b""
        self.body_left = 0
        """Bytes of a body that are still to come, if its length was announced."""

    def __bool__(self) -> bool:
        """Return whether there is something left to cut."""
        return self._at < len(self._data)

    def add(self, data: bytes) -> None:
        """Take what has arrived."""
        self._data = self._data[self._at :] + data if self else data
        self._at = 0

    def drop(self) -> None:
        """Forget what is left."""
        self._data, self._at = b"", 0

    def cut(self) -> bytes:
        """Return the next piece; there must be something left."""
        end = self._end()
        piece = self._data[self._at : end]
        self._at = end
        seen = self._tail + piece
        is_end = self.body_left or seen.endswith(END_OF_HEAD)
        self._tail = b"" if is_end else seen[-3:]
        if end == len(self._data):
            self.drop()
        return piece

    def _end(self) -> int:
        if self.body_left:
            return min(self._at + self.body_left, len(self._data))
        # A head ends with an empty line, and so does a body in chunks. The line may
        # have begun in the piece before.
        tail = self._tail
        straddling = (tail + self._data[self._at : self._at + 3]).find(END_OF_HEAD)
        if straddling >= 0:
            return self._at + straddling + END_BYTES - len(tail)
        at = self._data.find(END_OF_HEAD, self._at)
        return len(self._data) if at < 0 else at + END_BYTES
