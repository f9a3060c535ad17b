"""Spend leased ids: one new short code after the other, none of them twice."""

import asyncio
from collections import deque
from typing import Final, NamedTuple

from waypost.domain.codes import CodePermutation, is_reserved
from waypost.domain.errors import BackendUnavailable
from waypost.ports.blocks import BlockSource
from waypost.telemetry.metrics import Metrics

RESERVE: Final = 8
"""How many ids are kept back for `CodeAllocator.spare`."""


class NewCode(NamedTuple):
    """An id that nobody else gets, and its code."""

    id: int
    code: str


class CodeAllocator:
    """Hands out the codes of leased blocks, and leases before they run out.

    For one event loop; there `next` may be called by any number of tasks at once.
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
        self._ids: deque[range] = deque()
        self._lease: asyncio.Task[None] | None = None

    async def next(self) -> NewCode:
        """Return a code that was never handed out.

        It may wait for a lease, and the lease for the store's write lock: call it
        before the first operation of a transaction, never after.

        Raises:
            BackendUnavailable: A block is needed and cannot be leased.
            CodesExhausted: The leased ids are beyond the last code.
        """
        while True:
            new = self._take() if self._left > RESERVE else None
            if new is not None:
                return new
            await self._lease_block()

    def spare(self) -> NewCode:
        """Return another such code at once, from the reserve if need be.

        For a second attempt inside a transaction.

        Raises:
            BackendUnavailable: The reserve is spent as well.
            CodesExhausted: The leased ids are beyond the last code.
        """
        new = self._take()
        if new is None:
            raise BackendUnavailable("No short code is at hand. Try again shortly.")
        return new

    @property
    def _left(self) -> int:
        return sum(map(len, self._ids))

    def _take(self) -> NewCode | None:
        while self._ids:
            ids = self._ids.popleft()
            if len(ids) > 1:
                self._ids.appendleft(ids[1:])
            code = self._permutation.code_of(ids[0])
            if not is_reserved(code):
                return NewCode(ids[0], code)
        return None

    async def _lease_block(self) -> None:
        """Wait for the lease under way, or for a new one.

        Whoever waits shares its outcome, also a failure: a hundred requests wait
        for one time-out together, not for a hundred in turn. The lease goes on
        when somebody who waits is cancelled.
        """
        if self._lease is None:
            self._lease = asyncio.create_task(self._lease_now())
        await asyncio.shield(self._lease)

    async def _lease_now(self) -> None:
        try:
            block = await self._blocks.lease(self._block_size)
        finally:
            self._lease = None
        self._metrics.blocks_leased.inc()
        self._ids.append(range(block.start, block.end + 1))
