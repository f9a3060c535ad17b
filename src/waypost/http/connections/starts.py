"""How many requests for pages may begin in one turn of the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

STARTS_PER_TURN: Final = 2
"""A request to the API takes some tenths of a millisecond before it first waits for
anything. Redirects that arrive meanwhile wait for this many of them at most."""


class Starts:
    """Begins requests at once, or in one of the next turns."""

    def __init__(self, *, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Callable[[], None]] = deque()
        self._free = STARTS_PER_TURN
        self._is_scheduled = False

    def begin(self, request: Callable[[], None]) -> None:
        """Call *request*, now if this turn has room."""
        if self._free:
            self._free -= 1
            request()
        else:
            self._waiting.append(request)
        self._schedule()

    def _next_turn(self) -> None:
        self._is_scheduled = False
        self._free = STARTS_PER_TURN
        while self._free and self._waiting:
            self._free -= 1
            self._waiting.popleft()()
        if self._free < STARTS_PER_TURN:
            self._schedule()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._next_turn)
