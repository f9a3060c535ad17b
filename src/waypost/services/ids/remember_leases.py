"""Lease no id twice although the database was restored from an older backup.

::

    lease ─▶ source ─▶ block ── known? ──no──▶ remember it ─▶ use it
                                  │ yes: the counter went back
                                  ▼
                     raise the counter ─▶ lease from it
"""

from collections.abc import Sequence

import structlog

from waypost.domain.codes import CODE_SPACE, IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.ports.blocks import BlockSource, IdCounter, LeaseMemory, StripeHolder

_log = structlog.get_logger()


async def raise_counter(
    counter: IdCounter,
    *,
    highest: int,
    known_to: str,
    reason: str = "the database seems to be restored from a backup",
) -> None:
    """Raise *counter* above *highest*, the highest id that *known_to* knows.

    Does nothing if it is above it, which it is unless the database was restored.

    Raises:
        BackendUnavailable: The counter cannot be written.
    """
    if not 0 < highest < CODE_SPACE or await counter.next_id() > highest:
        return
    change = await counter.raise_above(highest)
    if change is not None:
        _log.warning(
            "ids.counter_raised",
            before=change.before,
            after=change.after,
            known_to=known_to,
            reason=reason,
        )


class RememberedBlocks:
    """Leases from *source*, and remembers in *memory* what it has leased.

    *counter* is the one that *source* leases from in the end. A block that was leased
    before is discarded, and the next one comes from *counter* directly.
    """

    def __init__(
        self, source: BlockSource, *, counter: IdCounter, memory: LeaseMemory
    ) -> None:
        self._source = source
        self._counter = counter
        self._memory = memory

    async def lease(self, size: int) -> IdBlock:
        """Return *size* ids that this memory does not know.

        Raises:
            BackendUnavailable: No block can be had at the moment.
        """
        block = await self._source.lease(size)
        known = self._memory.known
        if known.overlaps(block):
            _log.error("ids.block_discarded", start=block.start, end=block.end)
            await raise_counter(
                self._counter, highest=known.highest, known_to="data folder"
            )
            block = await self._counter.lease(size)
        await self._memory.add(block)
        return block


class StripesAboveNodes:
    """Leases stripes from *counter*, above every stripe that *nodes* hold.

    The stripe of a node is remembered while this process lives, for when the node
    does not answer.
    """

    def __init__(self, counter: IdCounter, *, nodes: Sequence[StripeHolder]) -> None:
        self._counter = counter
        self._nodes = nodes
        self._highest = 0

    async def lease(self, size: int) -> IdBlock:
        """Return *size* ids above those of the nodes.

        Raises:
            BackendUnavailable: The counter cannot be written.
        """
        await self.raise_counter()
        block = await self._counter.lease(size)
        self._highest = max(self._highest, block.end)
        return block

    async def raise_counter(self) -> None:
        """Raise the counter above the stripes of the nodes that answer.

        Raises:
            BackendUnavailable: The counter cannot be written.
        """
        for node in self._nodes:
            try:
                self._highest = max(self._highest, await node.highest_id())
            except BackendUnavailable:
                continue
        await raise_counter(
            self._counter,
            highest=self._highest,
            known_to="Redis",
            reason="the database seems to be restored from a backup, or Redis has the "
            "counter of another program",
        )
