"""The allocator: no id twice, one lease at a time, and a reserve for retries."""

import asyncio

import pytest

from waypost.domain.codes import (
    CODE_SPACE,
    CodePermutation,
    IdBlock,
    is_reserved,
)
from waypost.domain.errors import BackendUnavailable, CodesExhausted
from waypost.services.allocate import RESERVE, CodeAllocator
from waypost.telemetry.metrics import Metrics

PERMUTATION = CodePermutation(b"the key of the allocator's tests")


class CountingBlocks:
    """Leases one block after the other, notes each, and can be made to wait or fail."""

    def __init__(self, *, first: int = 1) -> None:
        self.next_id = first
        self.leases = 0
        self.available = True
        self.open = asyncio.Event()
        self.open.set()

    async def lease(self, size: int) -> IdBlock:
        """Return the next block, once the source is open."""
        self.leases += 1
        await self.open.wait()
        if not self.available:
            raise BackendUnavailable
        block = IdBlock(start=self.next_id, end=self.next_id + size - 1)
        self.next_id += size
        return block


def allocator_over(
    blocks: CountingBlocks, *, size: int = 100, metrics: Metrics | None = None
) -> CodeAllocator:
    """Return an allocator of *size* ids at a time."""
    return CodeAllocator(
        blocks=blocks,
        permutation=PERMUTATION,
        block_size=size,
        metrics=metrics or Metrics(),
    )


async def test_code_belongs_to_its_id() -> None:
    """The code of an id is what the permutation says."""
    new = await allocator_over(CountingBlocks(first=500)).next()
    assert new.id == 500
    assert PERMUTATION.code_of(500) == new.code


@pytest.mark.parametrize("size", [1, 3, RESERVE, RESERVE + 1, 100])
async def test_no_id_twice(size: int) -> None:
    """Any number of tasks at once get ids of their own, whatever the block size."""
    allocator = allocator_over(CountingBlocks(), size=size)
    news = await asyncio.gather(*(allocator.next() for _ in range(200)))
    news += [allocator.spare() for _ in range(RESERVE)]
    assert len({new.id for new in news}) == 200 + RESERVE
    assert len({new.code for new in news}) == 200 + RESERVE


async def test_waiting_callers_share_a_lease() -> None:
    """A crowd that finds nothing left causes one lease, not one each."""
    blocks = CountingBlocks()
    blocks.open.clear()
    allocator = allocator_over(blocks)
    crowd = [asyncio.create_task(allocator.next()) for _ in range(50)]
    await asyncio.sleep(0)
    blocks.open.set()
    await asyncio.gather(*crowd)
    assert blocks.leases == 1


async def test_reserve_is_kept_for_retries() -> None:
    """A retry inside a transaction always finds an id without a lease."""
    blocks = CountingBlocks()
    allocator = allocator_over(blocks)
    for _ in range(100 - RESERVE):
        await allocator.next()
    assert blocks.leases == 1
    spares = [allocator.spare() for _ in range(RESERVE)]
    assert [new.id for new in spares] == list(range(101 - RESERVE, 101))


async def test_lease_comes_before_the_reserve_is_touched() -> None:
    """The next block is leased while the reserve is still whole."""
    blocks = CountingBlocks()
    allocator = allocator_over(blocks)
    for _ in range(101 - RESERVE):
        await allocator.next()
    assert blocks.leases == 2
    assert blocks.next_id == 201


async def test_spent_reserve_is_reported() -> None:
    """Without any id at hand a retry is told to come again."""
    with pytest.raises(BackendUnavailable, match="No short code is at hand"):
        allocator_over(CountingBlocks()).spare()


async def test_failure_is_shared_and_passes() -> None:
    """All who wait hear of one failed lease, and the next caller tries anew."""
    blocks = CountingBlocks()
    blocks.available = False
    allocator = allocator_over(blocks)
    crowd = (allocator.next() for _ in range(20))
    outcomes = await asyncio.gather(*crowd, return_exceptions=True)
    assert all(isinstance(outcome, BackendUnavailable) for outcome in outcomes)
    assert blocks.leases == 1
    blocks.available = True
    assert (await allocator.next()).id == 1


async def test_leaving_caller_does_not_end_the_lease() -> None:
    """A client that hangs up does not take the block away from the others."""
    blocks = CountingBlocks()
    blocks.open.clear()
    allocator = allocator_over(blocks)
    leaving, staying = (asyncio.create_task(allocator.next()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    blocks.open.set()
    assert (await staying).id == 1
    assert blocks.leases == 1


async def test_reserved_words_are_skipped() -> None:
    """An id whose code is a word of the product is left out."""
    unlucky = PERMUTATION.id_of("healthz")
    assert is_reserved(PERMUTATION.code_of(unlucky))
    allocator = allocator_over(CountingBlocks(first=unlucky))
    assert (await allocator.next()).id == unlucky + 1


async def test_ids_run_out_loudly() -> None:
    """Beyond the last code nothing is handed out any more."""
    allocator = allocator_over(CountingBlocks(first=CODE_SPACE - 1))
    assert (await allocator.next()).id == CODE_SPACE - 1
    with pytest.raises(CodesExhausted):
        await allocator.next()


async def test_leases_are_counted() -> None:
    """The metric tells how many blocks were leased."""
    metrics = Metrics()
    allocator = allocator_over(CountingBlocks(), size=RESERVE + 1, metrics=metrics)
    for _ in range(RESERVE + 2):
        await allocator.next()
    leased = metrics.registry.get_sample_value("waypost_id_blocks_leased_total")
    assert leased == 2
