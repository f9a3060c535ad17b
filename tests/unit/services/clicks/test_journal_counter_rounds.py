"""When the journal's clicks are counted: which callers wait, and how long it pauses."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.loop_time import LoopTime
from tests.unit.journal.samples import (
    clicks_by_link,
    open_journal,
    sample_click,
    segment_file,
    store_with_links,
    write_clicks,
)
from waypost.adapters.journal.reading.source import FolderSource, JournalSource
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import ClickBatch
from waypost.ports.links import LinkReader
from waypost.ports.storage import Storage, Transaction
from waypost.services.clicks.journal_counter import JournalCounter
from waypost.services.clicks.journal_counts import Counted, count_batch, replay
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import HEADER_BYTES


class GatedStorage:
    """A store whose transactions wait at a gate, or fail there."""

    def __init__(self, storage: MemoryStorage) -> None:
        self._storage = storage
        self.tried = 0
        self.is_away = False
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.closes_behind = False
        """Whether the gate closes again behind the first who passes."""

    @property
    def links(self) -> LinkReader:
        """Look-ups, which never wait."""
        return self._storage.links

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction once the gate is open."""
        self.tried += 1
        await self.is_open.wait()
        if self.closes_behind:
            self.is_open.clear()
        if self.is_away:
            raise BackendUnavailable
        async with self._storage.transaction() as transaction:
            yield transaction

    async def ping(self) -> None:
        """Answer."""


@pytest.fixture
def metrics() -> Metrics:
    """Return metrics of this test alone."""
    return Metrics()


@pytest.fixture
def journal(tmp_path: Path, metrics: Metrics) -> Iterator[ClickJournal]:
    """Return an open journal."""
    with open_journal(tmp_path, metrics=metrics) as journal:
        yield journal


@pytest.fixture
async def storage() -> GatedStorage:
    """Return a store that has the links 1 to 900."""
    return GatedStorage(await store_with_links(900))


@pytest.fixture
def loop(
    journal: ClickJournal, storage: GatedStorage, metrics: Metrics
) -> JournalCounter:
    """Return a loop that counts every half second."""
    source = JournalSource(journal, metrics=metrics)
    return JournalCounter(
        source=source, storage=storage, metrics=metrics, interval=0.5, limit=10_000
    )


@asynccontextmanager
async def running(loop: JournalCounter) -> AsyncIterator[None]:
    """Run *loop* meanwhile."""
    task = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_late_callers_wait_for_the_next_round(
    journal: ClickJournal, loop: JournalCounter, storage: GatedStorage
) -> None:
    """A round that had begun before a call does not answer it."""
    loop_time = LoopTime()
    async with running(loop):
        await loop.settle("c1")
        storage.is_open.clear()
        write_clicks(journal, [1])
        early = asyncio.create_task(loop.settle("c1"))
        await loop_time.move(0)
        write_clicks(journal, [2])
        late = asyncio.create_task(loop.settle("c2"))
        await loop_time.move(0)
        assert not early.done()
        storage.closes_behind = True
        storage.is_open.set()
        await early
        await loop_time.move(0)
        assert await clicks_by_link(storage) == {1: 1}
        assert not late.done()
        storage.closes_behind = False
        storage.is_open.set()
        await late
    assert await clicks_by_link(storage) == {1: 1, 2: 1}


async def test_no_caller_waits_beyond_two_seconds(
    journal: ClickJournal, loop: JournalCounter, storage: GatedStorage
) -> None:
    """A report is not held up for longer while nothing can be counted."""
    loop_time = LoopTime()
    storage.is_open.clear()
    write_clicks(journal, [1])
    settling = asyncio.create_task(loop.settle("c1"))
    await loop_time.move(0)
    await loop_time.move(1.99)
    assert not settling.done()
    await loop_time.move(0.02)
    assert settling.done()


async def test_reports_do_not_hurry_a_store_that_is_away(
    journal: ClickJournal,
    loop: JournalCounter,
    storage: GatedStorage,
    metrics: Metrics,
) -> None:
    """It is asked no more often because many ask for counts, and again in time."""
    loop_time = LoopTime()
    storage.is_away = True
    write_clicks(journal, [1])
    async with running(loop):
        await loop_time.move(0)
        for _ in range(5):
            settling = asyncio.create_task(loop.settle("c1"))
            await loop_time.move(0)
        assert storage.tried == 1
        storage.is_away = False
        await loop_time.move(0.5)
        await settling
    assert await clicks_by_link(storage) == {1: 1}
    failures = metrics.registry.get_sample_value("waypost_ingest_failures_total")
    assert failures == 1


class UnreadSource(JournalSource):
    """Adds clicks up, and must not be read."""

    async def read(self, position: JournalPosition | None, *, limit: int) -> ClickBatch:
        """Fail: what was added up need not be read."""
        raise AssertionError(position, limit)


async def test_the_position_follows_what_was_added_up(
    journal: ClickJournal, storage: Storage, metrics: Metrics
) -> None:
    """Also where no click is read back, the store knows up to where is counted."""
    readable = JournalSource(journal, metrics=metrics)
    start = (await readable.read(None, limit=1)).position
    source = UnreadSource(journal, metrics=metrics)
    write_clicks(journal, [1, 2, 3])
    done = await count_batch(
        start, source=source, storage=storage, metrics=metrics, limit=10
    )
    async with storage.transaction() as transaction:
        stored = await transaction.clicks.position(journal.journal)
    assert Counted(clicks=3) == done.counted
    assert start < done.position
    assert stored == done.position


async def test_a_sum_whose_first_click_is_counted(
    journal: ClickJournal, storage: Storage, metrics: Metrics, tmp_path: Path
) -> None:
    """A sum that begins with the last click that is counted is not added again."""
    source = JournalSource(journal, metrics=metrics)
    start = (await source.read(None, limit=1)).position
    write_clicks(journal, [1])
    await replay(
        source=FolderSource(tmp_path, metrics=metrics),
        storage=storage,
        metrics=metrics,
        limit=10,
        progress=lambda _: None,
    )
    write_clicks(journal, [1])
    done = await count_batch(
        start, source=source, storage=storage, metrics=metrics, limit=10
    )
    assert Counted(clicks=1, duplicates=1) == done.counted
    assert await clicks_by_link(storage) == {1: 2}


async def test_large_batches_are_counted_whole(
    journal: ClickJournal, storage: Storage, metrics: Metrics
) -> None:
    """No click gets lost between the slices in which a batch is sorted."""
    write_clicks(journal, list(range(1, 751)) * 2)
    done = await count_batch(
        None,
        source=JournalSource(journal, metrics=metrics),
        storage=storage,
        metrics=metrics,
        limit=10_000,
    )
    assert Counted(clicks=1_500) == done.counted
    assert dict.fromkeys(range(1, 751), 2) == await clicks_by_link(storage)


async def test_replay_reports_damage(
    journal: ClickJournal, storage: Storage, metrics: Metrics, tmp_path: Path
) -> None:
    """Places that could not be read are in the sum, beside what was counted."""
    write_clicks(journal, [1, 2, 3])
    with segment_file(tmp_path, 1).open("r+b") as file:
        file.seek(HEADER_BYTES + 30)
        file.write(b"\xff\xff")
    total = await replay(
        source=FolderSource(tmp_path, metrics=metrics),
        storage=storage,
        metrics=metrics,
        limit=10,
        progress=lambda _: None,
    )
    assert Counted(clicks=2, damaged=1) == total


async def test_replay_reports_unknown_links(
    journal: ClickJournal, storage: Storage, metrics: Metrics, tmp_path: Path
) -> None:
    """All of them, however many batches it takes."""
    write_clicks(journal, [1, 5_000, 2, 5_001, 5_000])
    total = await replay(
        source=FolderSource(tmp_path, metrics=metrics),
        storage=storage,
        metrics=metrics,
        limit=2,
        progress=lambda _: None,
    )
    assert Counted(clicks=2, unknown=3) == total


async def test_reports_leave_nothing_behind(loop: JournalCounter) -> None:
    """A report that was answered, in time or not, keeps no memory."""

    def futures() -> int:
        gc.collect()
        return sum(isinstance(each, asyncio.Future) for each in gc.get_objects())

    loop_time = LoopTime()
    before = futures()
    late = [asyncio.create_task(loop.settle("c1")) for _ in range(20)]
    await loop_time.move(0)
    await loop_time.move(2.01)
    while late:
        await late.pop()
    assert futures() < before + 20


async def test_the_lag_is_measured(
    journal: ClickJournal, storage: Storage, metrics: Metrics
) -> None:
    """The lag is how long ago the newest click that is counted was recorded."""
    hour_ago = time.time_ns() - 3_600 * 10**9
    for age in (2, 1, 0):
        click = sample_click(1, time_ns=hour_ago - age * 10**9)
        journal.record(click, 0)
        journal.commit()
    await count_batch(
        None,
        source=JournalSource(journal, metrics=metrics),
        storage=storage,
        metrics=metrics,
        limit=10,
    )
    lag = metrics.registry.get_sample_value("waypost_ingest_lag_seconds")
    assert lag is not None
    assert 3_600 <= lag < 3_601 + 600
