"""The allocator: no id twice, and the next block leased before it is needed."""

import asyncio
import gc
from contextvars import ContextVar

import pytest
from structlog.testing import capture_logs

from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.domain.codes import (
    CODE_SPACE,
    CodePermutation,
    IdBlock,
    is_reserved,
)
from waypost.domain.errors import BackendUnavailable, CodesExhausted
from waypost.services.ids import allocate
from waypost.services.ids.allocate import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    CodeAllocator,
)
from waypost.telemetry.metrics import Metrics

PERMUTATION = CodePermutation(b"the key of the allocator's tests")


class CountingBlocks(MemoryBlocks):
    """Notes each lease, and can be made to wait or fail."""

    def __init__(self, *, first: int = 1) -> None:
        super().__init__()
        self._next_id = first
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
        return await super().lease(size)


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


async def take(allocator: CodeAllocator, number: int) -> list[int]:
    """Return the next ids."""
    return [(await allocator.next()).id for _ in range(number)]


async def settle() -> None:
    """Let what needs no waiting for come to its end."""
    for _ in range(10):
        await asyncio.sleep(0)


def let_time_pass(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Move the event loop's clock forward."""
    loop = asyncio.get_running_loop()
    now = loop.time
    monkeypatch.setattr(loop, "time", lambda: now() + seconds)


async def test_code_belongs_to_its_id() -> None:
    """The code of an id is what the permutation says."""
    new = await allocator_over(CountingBlocks(first=500)).next()
    assert new.id == 500
    assert PERMUTATION.code_of(500) == new.code


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 3, 8, 100, 1000])
async def test_no_id_twice(size: int) -> None:
    """Any number of tasks at once get ids of their own, with any block size."""
    allocator = allocator_over(CountingBlocks(), size=size)
    news = await asyncio.gather(*(allocator.next() for _ in range(500)))
    assert len({new.id for new in news}) == 500
    assert len({new.code for new in news}) == 500


async def test_no_id_is_left_out() -> None:
    """Leasing ahead wastes nothing: ids follow one another across blocks."""
    assert await take(allocator_over(CountingBlocks()), 350) == list(range(1, 351))


async def test_waiting_callers_share_a_lease() -> None:
    """Many callers that find no ids cause one lease, not one each."""
    blocks = CountingBlocks()
    blocks.open.clear()
    allocator = allocator_over(blocks)
    crowd = [asyncio.create_task(allocator.next()) for _ in range(50)]
    await asyncio.sleep(0)
    blocks.open.set()
    await asyncio.gather(*crowd)
    assert blocks.leases == 1


async def test_the_first_block_can_be_leased_ahead() -> None:
    """At start a lease can be begun before the first create."""
    blocks = CountingBlocks()
    allocator = allocator_over(blocks)
    allocator.lease_ahead()
    await settle()
    assert blocks.leases == 1
    assert await take(allocator, 1) == [1]
    assert blocks.leases == 1


async def test_the_next_block_is_leased_at_half_time() -> None:
    """As soon as less than half a block is left, and not before, the next is leased."""
    blocks = CountingBlocks()
    allocator = allocator_over(blocks)
    await take(allocator, 50)
    await settle()
    assert blocks.leases == 1
    await take(allocator, 1)
    await settle()
    assert blocks.leases == 2


async def test_no_caller_waits_while_ids_are_left() -> None:
    """A source that takes long keeps no creator waiting until the block is spent."""
    blocks = CountingBlocks()
    allocator = allocator_over(blocks)
    await take(allocator, 1)
    blocks.open.clear()
    assert await take(allocator, 99) == list(range(2, 101))
    waiting = asyncio.create_task(allocator.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    blocks.open.set()
    assert (await waiting).id == 101
    assert blocks.leases == 2


async def test_a_failed_lease_ahead_does_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While ids are left, creates succeed, and a lease is not begun each time."""
    # Longer than the test takes, also on a busy machine.
    monkeypatch.setattr(allocate, "FIRST_PAUSE_SECONDS", 60.0)
    blocks = CountingBlocks()
    allocator = allocator_over(blocks)
    await take(allocator, 50)
    blocks.available = False
    ids = []
    for _ in range(50):
        ids += await take(allocator, 1)
        await settle()
    assert ids == list(range(51, 101))
    assert blocks.leases == 2


async def test_a_failed_lease_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a pause the next creator has the block leased, without waiting for it."""
    blocks = CountingBlocks()
    allocator = allocator_over(blocks)
    await take(allocator, 50)
    blocks.available = False
    await take(allocator, 1)
    await settle()
    blocks.available = True
    let_time_pass(monkeypatch, FIRST_PAUSE_SECONDS)
    await take(allocator, 1)
    await settle()
    assert blocks.leases == 3
    assert await take(allocator, 148) == list(range(53, 201))


async def test_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that fails again is left alone for twice as long."""
    blocks = CountingBlocks()
    allocator = allocator_over(blocks)
    await take(allocator, 50)
    blocks.available = False
    for pause in (0.0, FIRST_PAUSE_SECONDS):
        let_time_pass(monkeypatch, pause)
        await take(allocator, 1)
        await settle()
    assert blocks.leases == 3
    let_time_pass(monkeypatch, FIRST_PAUSE_SECONDS)
    await take(allocator, 1)
    await settle()
    assert blocks.leases == 3
    let_time_pass(monkeypatch, FIRST_PAUSE_SECONDS)
    await take(allocator, 1)
    await settle()
    assert blocks.leases == 4


async def test_failure_is_shared_and_passes() -> None:
    """All waiting callers fail with one failed lease, and the next one tries anew."""
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


async def test_leases_and_ids_are_counted() -> None:
    """The metrics show how many blocks were leased, and how many ids are left."""
    metrics = Metrics()
    allocator = allocator_over(CountingBlocks(), size=10, metrics=metrics)
    await take(allocator, 11)
    sample = metrics.registry.get_sample_value
    assert sample("waypost_id_blocks_leased_total") == 2
    assert sample("waypost_ids_at_hand") == 9


async def test_pauses_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a source was away, it is tried again after five seconds."""
    blocks = CountingBlocks()
    allocator = allocator_over(blocks, size=1_000)
    await take(allocator, 501)
    await settle()
    assert blocks.leases == 2
    blocks.available = False
    await take(allocator, 1_000)
    await settle()
    for _ in range(20):
        let_time_pass(monkeypatch, 5.0)
        await take(allocator, 1)
        await settle()
    before = blocks.leases
    let_time_pass(monkeypatch, 4.9)
    await take(allocator, 1)
    await settle()
    assert blocks.leases == before
    let_time_pass(monkeypatch, 0.1)
    await take(allocator, 1)
    await settle()
    assert blocks.leases == before + 1


async def test_a_success_ends_the_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next failure is followed by the shortest pause again."""
    blocks = CountingBlocks()
    allocator = allocator_over(blocks)
    await take(allocator, 50)
    blocks.available = False
    for _ in range(6):
        let_time_pass(monkeypatch, LONGEST_PAUSE_SECONDS)
        await take(allocator, 1)
        await settle()
    blocks.available = True
    let_time_pass(monkeypatch, LONGEST_PAUSE_SECONDS)
    await take(allocator, 1)
    await settle()
    blocks.available = False
    await take(allocator, 100)
    await settle()
    before = blocks.leases
    let_time_pass(monkeypatch, FIRST_PAUSE_SECONDS)
    await take(allocator, 1)
    await settle()
    assert blocks.leases == before + 1


async def test_a_pause_is_over_once_a_lease_succeeds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After the cancellation of a caller, the next block is leased ahead as usual."""
    monkeypatch.setattr(allocate, "FIRST_PAUSE_SECONDS", 60.0)
    blocks = CountingBlocks()
    blocks.available = False
    allocator = allocator_over(blocks)
    with pytest.raises(BackendUnavailable):
        await allocator.next()
    blocks.available = True
    await take(allocator, 51)
    await settle()
    assert blocks.leases == 3


async def test_cancelled_callers_do_not_prolong_the_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A failure within a pause is the same outage."""
    blocks = CountingBlocks()
    blocks.available = False
    allocator = allocator_over(blocks)
    with capture_logs() as logs:
        for _ in range(10):
            with pytest.raises(BackendUnavailable):
                await allocator.next()
    assert len(logs) == 1
    before = blocks.leases
    let_time_pass(monkeypatch, FIRST_PAUSE_SECONDS)
    allocator.lease_ahead()
    await settle()
    assert blocks.leases == before + 1


REQUEST: ContextVar[str] = ContextVar("request", default="none")


async def test_a_lease_belongs_to_no_request() -> None:
    """What it logs does not bear the id of the request that began it."""
    seen: list[str] = []

    class Curious(CountingBlocks):
        async def lease(self, size: int) -> IdBlock:
            seen.append(REQUEST.get())
            return await super().lease(size)

    REQUEST.set("mine")
    await allocator_over(Curious()).next()
    assert seen == ["none"]


async def test_nothing_is_left_for_asyncio_to_complain_about() -> None:
    """The exception of a lease that no caller waits for is retrieved."""
    complaints: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    blocks = CountingBlocks()
    blocks.available = False
    allocator_over(blocks).lease_ahead()
    await settle()
    blocks.open.clear()
    allocator_over(blocks).lease_ahead()
    await settle()
    (lease,) = asyncio.all_tasks() - {asyncio.current_task()}
    lease.cancel()
    del lease
    await settle()
    gc.collect()
    await settle()
    assert complaints == []


def test_a_block_has_an_id() -> None:
    """An allocator that could lease nothing does not start."""
    with pytest.raises(AssertionError):
        allocator_over(CountingBlocks(), size=0)
