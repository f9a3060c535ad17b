"""A body that is read line by line, however long it is."""

from collections.abc import Sequence
from typing import Final, Protocol, TypeAlias

from starlette.types import Receive

from waypost.http.answers import Refused
from waypost.http.statuses import MALFORMED_JSON

MAX_LINE_BYTES: Final = 64 * 1024

Texts: TypeAlias = Sequence[bytes | None]
"""Items as they were sent; None stands for one that is too long."""


class Source(Protocol):
    """Where items come from."""

    async def take(self, most: int) -> Texts:
        """Return the next items, *most* of them at most, as they arrive.

        Empty: there are no more.

        Raises:
            Refused: They are not here in time, or the client has gone away.
        """
        ...


class ListedItems:
    """Items that are all here."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._taken = 0

    async def take(self, most: int) -> Texts:
        """Return the next items, *most* of them if there are so many."""
        texts = self._texts[self._taken : self._taken + most]
        self._taken += len(texts)
        return texts


class Lines:
    """The lines of a body that are not empty, of 64 KiB at most.

    At most one piece of the body and one line are held.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._cutter = _Cutter()
        self._waiting: list[bytes | None] = []
        self._more = True

    async def take(self, most: int) -> Texts:
        """Return the next lines, as they arrive."""
        while self._more and not self._waiting:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Refused(MALFORMED_JSON)
            self._more = message.get("more_body", False)
            piece = message.get("body", b"")
            self._waiting = self._cutter.cut(piece, is_last=not self._more)
        taken, self._waiting = self._waiting[:most], self._waiting[most:]
        return taken


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
            if self._rest or self._is_too_long or len(part) > MAX_LINE_BYTES:
                self._add(part)
                self._end(lines)
            elif part and not part.isspace():
                lines.append(part)
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
        elif self._rest and not self._rest.isspace():
            lines.append(bytes(self._rest))
        self._is_too_long = False
        self._rest.clear()
