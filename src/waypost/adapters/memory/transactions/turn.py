"""The turns of transactions in memory."""

import asyncio

from waypost.domain.errors import BackendUnavailable


class Turn:
    """The right to write, which one transaction has at a time."""

    def __init__(self, lock: asyncio.Lock, timeout_seconds: float) -> None:
        self._lock = lock
        self._timeout_seconds = timeout_seconds
        self._held = False

    async def begin(self) -> None:
        """Wait for the turn, unless it is had already.

        Raises:
            BackendUnavailable: Others take too long.
        """
        if self._held:
            return
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._lock.acquire()
        except TimeoutError as error:
            raise BackendUnavailable from error
        self._held = True

    def end(self) -> None:
        """Let the next one write, if this one had the turn."""
        if self._held:
            self._held = False
            self._lock.release()
