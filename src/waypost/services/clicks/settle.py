"""Statistics that include all answered redirects: wait until they are counted.

    settle ─▶ last sequence of the code's lane ─▶ counted already? ─yes─▶ return
                                                     │no
                       one task for all waiters: read what is counted, again and again

Only the store's count is used. A number that was added up from two places
would be too high or too low while a click moves from one to the other.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from waypost.domain.clicks import LANES, lane_of
from waypost.domain.errors import BackendUnavailable
from waypost.ports.storage import Storage

SETTLE_SECONDS: Final = 2.0
"""How long a report waits at most for clicks to be counted."""
POLL_SECONDS: Final = 0.02
"""How often the store is asked while a report waits."""


class _Waiter(NamedTuple):
    lane: int
    sequence: int
    done: asyncio.Future[None]


class CountedElsewhere:
    """Waits for the clicks of this process's journal, which other processes count.

    A `ClickSettlement`, for one event loop. While nothing is counted, only the
    first requests wait: the others return at once until counting continues.
    """

    def __init__(
        self,
        *,
        journal: str,
        last: Callable[[], Sequence[int]],
        storage: Storage,
    ) -> None:
        """Wait two seconds at most; *last* returns the last sequences by lane."""
        self._journal = journal
        self._last = last
        self._storage = storage
        self._within = SETTLE_SECONDS
        self._counted = [0] * LANES
        self._waiters: set[_Waiter] = set()
        self._polling: asyncio.Task[None] | None = None
        self._is_stalled = False

    async def settle(self, code: str) -> None:
        """Return when the clicks on *code* answered here are counted, or too late."""
        lane = lane_of(code)
        sequence = self._last()[lane]
        if sequence <= self._counted[lane]:
            return
        waiter = _Waiter(lane, sequence, asyncio.get_running_loop().create_future())
        self._waiters.add(waiter)
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())
        try:
            await self._wait(waiter.done)
        finally:
            self._waiters.discard(waiter)

    async def _wait(self, done: asyncio.Future[None]) -> None:
        seconds = POLL_SECONDS if self._is_stalled else self._within
        await asyncio.wait([done], timeout=seconds)
        if not done.done():
            self._is_stalled = True

    async def _poll(self) -> None:
        """Read what is counted for as long as there is a waiter."""
        while self._waiters:
            with suppress(BackendUnavailable):
                self._note(await self._read())
            await asyncio.sleep(POLL_SECONDS)

    async def _read(self) -> Mapping[int, int]:
        """Return by lane the last sequence that is counted."""
        async with self._storage.transaction() as transaction:
            counted = await transaction.clicks.counted(self._journal)
        return {lane: sequences.last for lane, sequences in counted.items()}

    def _note(self, counted: Mapping[int, int]) -> None:
        for lane, sequence in counted.items():
            if sequence > self._counted[lane]:
                self._counted[lane] = sequence
                self._is_stalled = False
        for waiter in self._waiters:
            is_counted = waiter.sequence <= self._counted[waiter.lane]
            if is_counted and not waiter.done.done():
                waiter.done.set_result(None)
