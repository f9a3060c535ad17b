"""Use leased ids: one new short code after the other, none of them twice.

::

    next ─▶ block in use ─▶ code
               │ less than half a block left: lease the next one meanwhile
               ▼ nothing left: wait for it
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextvars import Context
from typing import Final, NamedTuple

import structlog

from waypost.domain.codes import CodePermutation, is_reserved
from waypost.domain.errors import BackendUnavailable
from waypost.ports.blocks import BlockSource
from waypost.telemetry.background import consume_exception
from waypost.telemetry.metrics import Metrics

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0
"""Pause before a failed lease is tried again, as long as there are ids left: the
first one, and the longest; doubled in between."""

_log = structlog.get_logger()


class NewCode(NamedTuple):
    """An id that is used once, and its code."""

    id: int
    code: str


class CodeAllocator:
    """Turns leased ids into codes, and leases the next block before one is used up.

    For one event loop; there, any number of tasks may call `next` at once.
    """

    def __init__(
        self,
        *,
        blocks: BlockSource,
        permutation: CodePermutation,
        block_size: int,
        metrics: Metrics,
    ) -> None:
        assert block_size >= 1, "a block has at least one id"
        self._blocks = blocks
        self._permutation = permutation
        self._block_size = block_size
        self._metrics = metrics
        self._ids: deque[Iterator[int]] = deque()
        self._left = 0
        self._lease: asyncio.Task[None] | None = None
        self._pause = FIRST_PAUSE_SECONDS
        self._paused_until = 0.0
        metrics.ids_at_hand.set_function(lambda: self._left)

    async def next(self) -> NewCode:
        """Return a code that was never returned before.

        It waits only when every leased id is used; then it may wait for the store's
        write lock: call it before the first operation of a transaction, never after.

        Raises:
            BackendUnavailable: A block is needed and cannot be leased.
            CodesExhausted: The leased ids are beyond the last code.
        """
        while True:
            new = self._take()
            self.lease_ahead()
            if new is not None:
                return new
            await self._lease_block()

    def lease_ahead(self) -> None:
        """Begin to lease the next block if less than half a block is left.

        Called at start, it spares the first creator the wait. A failure is logged,
        and harmless as long as there are ids left.
        """
        if self._left * 2 >= self._block_size or self._lease is not None:
            return
        if asyncio.get_running_loop().time() >= self._paused_until:
            self._begin_lease()

    def _take(self) -> NewCode | None:
        while self._ids:
            number = next(self._ids[0], None)
            if number is None:
                self._ids.popleft()
                continue
            self._left -= 1
            code = self._permutation.code_of(number)
            if not is_reserved(code):
                return NewCode(number, code)
        return None

    async def _lease_block(self) -> None:
        """Wait for the lease in progress, or for a new one.

        All waiting tasks share its result, also a failure: a hundred requests wait
        for one time-out together, not for a hundred in turn. The lease goes on
        when a waiting task is cancelled.
        """
        await asyncio.shield(self._lease or self._begin_lease())

    def _begin_lease(self) -> asyncio.Task[None]:
        # In a context of its own: it is not a part of the request that begins it.
        self._lease = asyncio.create_task(self._lease_now(), context=Context())
        self._lease.add_done_callback(consume_exception)
        return self._lease

    async def _lease_now(self) -> None:
        try:
            block = await self._blocks.lease(self._block_size)
        except BackendUnavailable:
            self._note_failure()
            raise
        finally:
            self._lease = None
        self._pause, self._paused_until = FIRST_PAUSE_SECONDS, 0.0
        self._metrics.blocks_leased.inc()
        self._ids.append(iter(range(block.start, block.end + 1)))
        self._left += len(block)

    def _note_failure(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._paused_until:
            return  # a request that needs an id does not wait for the pause to end
        _log.warning("ids.lease_failed", left=self._left, again_in=self._pause)
        self._paused_until = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
