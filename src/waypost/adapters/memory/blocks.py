"""Blocks of ids from a counter in this process's memory."""

from waypost.domain.codes import IdBlock
from waypost.ports.blocks import CounterChange


class MemoryBlocks:
    """Begins at 1 at every start, like the links of `MemoryStorage`."""

    def __init__(self) -> None:
        self._next_id = 1

    async def lease(self, size: int) -> IdBlock:
        """Return the next *size* ids."""
        block = IdBlock(start=self._next_id, end=self._next_id + size - 1)
        self._next_id = block.end + 1
        return block

    async def next_id(self) -> int:
        """Return the lowest id that is not leased yet."""
        return self._next_id

    async def raise_above(self, highest: int) -> CounterChange | None:
        """Lease no id up to *highest* from now on; None: the counter is above it."""
        before = self._next_id
        if before > highest:
            return None
        self._next_id = highest + 1
        return CounterChange(before, self._next_id)
