"""What every source of id blocks promises."""

import asyncio
from itertools import chain

from waypost.ports.blocks import BlockSource, IdCounter


async def test_first_block_begins_at_one(blocks: BlockSource) -> None:
    """The first id of all is 1, and a block has as many ids as were asked for."""
    block = await blocks.lease(1000)
    assert (block.start, block.end) == (1, 1000)


async def test_blocks_do_not_overlap(blocks: BlockSource) -> None:
    """Eight leases at once, in different sizes, share no id and leave no gap."""

    async def lease(size: int) -> list[int]:
        leased = [await blocks.lease(size) for _ in range(20)]
        return [
            number for block in leased for number in range(block.start, block.end + 1)
        ]

    leased = await asyncio.gather(*(lease(size) for size in range(1, 9)))
    assert list(range(1, 20 * 36 + 1)) == sorted(chain(*leased))


async def test_a_counter_is_raised_and_never_lowered(counter: IdCounter) -> None:
    """It leases above what it was raised to, and says what it changed."""
    assert await counter.next_id() == 1
    assert await counter.raise_above(100) == (1, 101)
    assert await counter.raise_above(100) is None
    assert await counter.raise_above(99) is None
    assert await counter.next_id() == 101
    assert (await counter.lease(10)).start == 101
    assert await counter.raise_above(110) is None
    assert await counter.raise_above(111) == (111, 112)
    assert await counter.next_id() == 112
