"""Changes of the same thing, one after the other in this process.

Each would otherwise be made to a version that another one has just replaced, and be
made again: of many at once, most would never be in time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from waypost.domain.errors import BackendUnavailable

WAIT_SECONDS: Final = 10.0


class Turns:
    """Changes that wait for each other, by what they change. For one event loop."""

    def __init__(self, *, wait_seconds: float = WAIT_SECONDS) -> None:
        """Wait for those before for *wait_seconds* at most."""
        self._wait_seconds = wait_seconds
        # One without a change under way is forgotten.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, *names: str) -> AsyncIterator[None]:
        """Wait until no other client changes what has one of *names*; keep it so.

        Raises:
            BackendUnavailable: Too many are before.
        """
        held: list[asyncio.Lock] = []
        try:
            # All in one order: no two wait for each other.
            for name in sorted(set(names)):
                lock = self._locks.get(name)
                if lock is None:
                    lock = self._locks[name] = asyncio.Lock()
                await self._acquire(lock)
                held.append(lock)
            yield
        finally:
            for lock in held:
                lock.release()

    async def _acquire(self, lock: asyncio.Lock) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await lock.acquire()
        except TimeoutError:
            raise BackendUnavailable(
                "Too many change this at once. Try again shortly."
            ) from None
