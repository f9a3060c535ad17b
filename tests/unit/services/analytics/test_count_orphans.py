"""Orphans are counted in bounded memory, and stored once."""

import asyncio
import tracemalloc
from collections.abc import Callable

import pytest

from waypost.adapters.memory.orphans import MemoryOrphans
from waypost.domain.analytics.orphans import (
    Orphan,
    OrphanKind,
    OrphanOrder,
    OrphanQuery,
    OrphanRow,
)
from waypost.domain.analytics.questions import Numbers
from waypost.domain.errors import BackendUnavailable
from waypost.ports.analytics.orphans import OrphanBatch
from waypost.services.analytics.count_orphans import OrphanCounter
from waypost.telemetry.metrics import Metrics

CODE, PATH, BASE = (
    OrphanKind.UNKNOWN_CODE,
    OrphanKind.UNKNOWN_PATH,
    OrphanKind.BASE_URL,
)
DAY_MS = 86_400_000
NOW_MS = 20_500 * DAY_MS
ALL = OrphanQuery()


class UnclearOrphans(MemoryOrphans):
    """A store that fails, before or after it has stored a batch."""

    def __init__(self, *, failures: int, is_stored: bool) -> None:
        super().__init__()
        self._failures = failures
        self._is_stored = is_stored
        self.meanwhile: Callable[[], None] = lambda: None

    async def add(self, batch: OrphanBatch) -> None:
        """Store *batch*, or not, and fail."""
        if not self._failures:
            await super().add(batch)
            return
        self._failures -= 1
        self.meanwhile()
        if self._is_stored:
            await super().add(batch)
        raise BackendUnavailable


class HeldOrphans(MemoryOrphans):
    """A store that has stored a batch and does not say so until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()

    async def add(self, batch: OrphanBatch) -> None:
        """Store *batch*, and wait."""
        await super().add(batch)
        self.begun.set()
        await self.may_end.wait()


def counter(store: MemoryOrphans, **limits: int) -> OrphanCounter:
    """Return a counter over *store* that pauses for no time."""
    metrics = Metrics().orphans
    return OrphanCounter(store, metrics=metrics, interval=0.001, **limits)


def visit(
    counting: OrphanCounter,
    text: str,
    *,
    kind: OrphanKind = CODE,
    is_machine: bool = False,
    time_ms: int = NOW_MS,
) -> None:
    """Record a visit."""
    counting.record(Orphan(kind, text, is_machine, time_ms))


async def rows(store: MemoryOrphans) -> list[tuple[str, int, int]]:
    """Return texts with the visits of people and of machines, most visits first."""
    page = await store.page(ALL, order=OrphanOrder.CLICKS, after=None, limit=5_000)
    return [row[1:4] for row in page.rows]


async def test_visits_are_stored_by_code_and_day() -> None:
    """With people and machines apart, the first moment and the last one."""
    store = MemoryOrphans()
    counting = counter(store)
    for time_ms in (NOW_MS + 5, NOW_MS + 1, NOW_MS + DAY_MS):
        visit(counting, "x", time_ms=time_ms)
    visit(counting, "x", is_machine=True, time_ms=NOW_MS + 9)
    visit(counting, "", kind=BASE)
    await counting.drain(within=60)
    page = await store.page(ALL, order=OrphanOrder.CLICKS, after=None, limit=10)
    assert list(page.rows) == [
        OrphanRow(CODE, "x", 3, 1, NOW_MS + 1, NOW_MS + DAY_MS),
        OrphanRow(BASE, "", 1, 0, NOW_MS, NOW_MS),
    ]
    today = OrphanQuery(first_day=20_500, end_day=20_501)
    assert await store.numbers(today) == Numbers(3, 1, None)


@pytest.mark.parametrize("is_stored", [False, True])
async def test_a_batch_that_failed_is_stored_once(*, is_stored: bool) -> None:
    """Also where the failure came after it was stored, and visits came meanwhile."""
    store = UnclearOrphans(failures=3, is_stored=is_stored)
    counting = counter(store)
    store.meanwhile = lambda: visit(counting, "meanwhile", kind=PATH)
    visit(counting, "x")
    await counting.drain(within=60)
    visit(counting, "x")
    await counting.drain(within=60)
    assert await rows(store) == [("meanwhile", 3, 0), ("x", 2, 0)]


async def test_a_flush_that_is_cancelled_is_repeated() -> None:
    """The process ends while a batch is being stored: draining stores it once."""
    store = HeldOrphans()
    counting = counter(store)
    visit(counting, "x")
    task = asyncio.create_task(counting.run())
    await store.begun.wait()
    draining = asyncio.create_task(counting.drain(within=60))
    visit(counting, "y")
    task.cancel()
    await asyncio.wait([task])
    store.may_end.set()
    await draining
    assert sorted(await rows(store)) == [("x", 1, 0), ("y", 1, 0)]


@pytest.mark.slow
async def test_a_flood_takes_bounded_memory() -> None:
    """A hundred thousand codes, of which a thousand are counted one by one."""
    store = MemoryOrphans()
    metrics = Metrics()
    counting = OrphanCounter(store, metrics=metrics.orphans)
    visit(counting, "poster")
    for at in range(1_000):
        visit(counting, f"warm{at}")
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for at in range(100_000):
        visit(counting, f"f{at:06}", is_machine=True)
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    visit(counting, "poster")
    visit(counting, "a/b", kind=PATH)
    await counting.drain(within=60)
    assert used < 1_000_000, "a code that is kept takes some hundred bytes"
    found = await rows(store)
    assert len(found) == 1_001
    assert found[0] == ("poster", 2, 0)
    assert ("a/b", 1, 0) in found
    assert await store.numbers(ALL) == Numbers(1_003, 100_000, None)
    assert sum_of(metrics, "waypost_orphans_without_code_total") == 100_001
    assert sum_of(metrics, "waypost_orphans_stored_total") == 101_003


async def test_the_bound_is_per_batch() -> None:
    """Once a batch is stored, other codes are counted one by one."""
    store = MemoryOrphans()
    counting = counter(store, codes=2)
    for batch in ("abc", "def"):
        for text in batch:
            visit(counting, text)
        await counting.drain(within=60)
    assert [row[0] for row in await rows(store)] == ["a", "b", "d", "e"]
    assert await store.numbers(ALL) == Numbers(6, 0, None)


async def test_draining_gives_up() -> None:
    """A store that never answers does not keep a process from ending."""
    counting = counter(UnclearOrphans(failures=1_000_000, is_stored=False))
    visit(counting, "x")
    await counting.drain(within=0.01)


def sum_of(metrics: Metrics, name: str) -> float:
    """Return the sum of a counter over its labels."""
    return sum(
        sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == name
    )
