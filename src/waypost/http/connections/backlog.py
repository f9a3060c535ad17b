"""Connections with more requests than one turn of the event loop may answer."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Protocol

PIECES_PER_TURN: Final = 64
"""How many waiting requests are begun in one turn of the event loop: about a
millisecond of work, the longest time for which other visitors wait for them."""


class Waiting(Protocol):
    """A connection that has been sent more than was parsed."""

    def go_on(self, pieces: int) -> None:
        """Parse up to *pieces* more, and join the backlog again if some are left."""


class Backlog:
    """Lets every waiting connection parse a little in each turn, one after another.

    A client that sends a thousand requests at once waits for its own requests, and
    other clients do not.
    """

    def __init__(self, *, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Waiting] = deque()
        self._known: set[Waiting] = set()
        self._is_scheduled = False

    def join(self, connection: Waiting) -> None:
        """Let *connection* continue when it is its turn."""
        if connection not in self._known:
            self._known.add(connection)
            self._waiting.append(connection)
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._serve)

    def _serve(self) -> None:
        self._is_scheduled = False
        served = min(len(self._waiting), PIECES_PER_TURN)
        for _ in range(served):
            connection = self._waiting.popleft()
            self._known.discard(connection)
            connection.go_on(PIECES_PER_TURN // served)
        if self._waiting and not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._serve)
