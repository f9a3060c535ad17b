"""Blocks of ids from a counter in this process's memory."""

from waypost.domain.codes import IdBlock


class MemoryBlocks:
    """Begins at 1 at every start, like the links of `MemoryStorage`."""

    def __init__(self) -> None:
        self._next_id = 1

    async def lease(self, size: int) -> IdBlock:
        """Return the next *size* ids."""
        block = IdBlock(start=self._next_id, end=self._next_id + size - 1)
        self._next_id = block.end + 1
        return block
