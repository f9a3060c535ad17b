"""A body that is read line by line, however long it is."""

from collections.abc import AsyncGenerator
from typing import Final

from starlette.types import Receive

from waypost.http.answers import Refused
from waypost.http.statuses import MALFORMED_JSON

MAX_LINE_BYTES: Final = 64 * 1024


async def lines_in(
    receive: Receive, *, most: int
) -> AsyncGenerator[list[bytes | None]]:
    """Yield up to *most* lines of a body at a time, as they arrive.

    Empty lines are left out, and None stands for one that is longer than 64 KiB. At
    most one piece of the body and one line are held.

    Raises:
        Refused: The next piece is not here in time, or the client has gone away.
    """
    cutter, more = _Cutter(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(MALFORMED_JSON)
        more = message.get("more_body", False)
        lines = cutter.cut(message.get("body", b""), is_last=not more)
        for first in range(0, len(lines), most):
            yield lines[first : first + most]


class _Cutter:
    """Cuts pieces into lines, wherever the pieces end."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._is_too_long = False

    def cut(self, piece: bytes, *, is_last: bool) -> list[bytes | None]:
        """Return the lines that end in *piece*; with the last one, all that are left.

        A line may have a carriage return at its end: JSON takes it for a space.
        """
        *ended, rest = piece.split(b"\n")
        lines: list[bytes | None] = []
        for part in ended:
            self._add(part)
            self._end(lines)
        self._add(rest)
        if is_last:
            self._end(lines)
        return lines

    def _add(self, part: bytes) -> None:
        if len(self._rest) + len(part) > MAX_LINE_BYTES:
            self._is_too_long = True
            self._rest.clear()
        elif not self._is_too_long:
            self._rest += part

    def _end(self, lines: list[bytes | None]) -> None:
        if self._is_too_long:
            lines.append(None)
        elif not self._rest.isspace() and self._rest:
            lines.append(bytes(self._rest))
        self._is_too_long = False
        self._rest.clear()
