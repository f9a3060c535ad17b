"""Counting: exactly once, in the background, after any failure."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.unit.journal.samples import (
    add_links,
    clicks_by_link,
    open_journal,
    segment_file,
    store_with_links,
    write_clicks,
)
from waypost.adapters.journal.reading.source import FolderSource, JournalSource
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql import migrate
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import ClickSource
from waypost.ports.links import LinkReader
from waypost.ports.storage import Storage, Transaction
from waypost.services.clicks.journal_counter import JournalCounter
from waypost.services.clicks.journal_counts import Counted, count_batch, replay
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import HEADER_BYTES


class BreakableStorage:
    """A store that breaks on demand, before a transaction or after its commit."""

    def __init__(self, storage: MemoryStorage) -> None:
        self._storage = storage
        self.before: Exception | None = None
        self.after: Exception | None = None
        self.broke_often = asyncio.Event()
        self._breaks = 0

    @property
    def links(self) -> LinkReader:
        """Look-ups, which never break."""
        return self._storage.links

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction, and fail where the test says."""
        self._break(self.before)
        async with self._storage.transaction() as transaction:
            yield transaction
        self._break(self.after)

    def _break(self, error: Exception | None) -> None:
        if error:
            self._breaks += 1
            if self._breaks == 3:
                self.broke_often.set()
            raise error

    async def ping(self) -> None:
        """Answer."""


@pytest.fixture
def metrics() -> Metrics:
    """Return metrics of this test alone."""
    return Metrics()


@pytest.fixture
def journal(tmp_path: Path, metrics: Metrics) -> Iterator[ClickJournal]:
    """Return an open journal of short segments."""
    with open_journal(tmp_path, segment_bytes=2_000, metrics=metrics) as journal:
        yield journal


@pytest.fixture
def source(journal: ClickJournal, metrics: Metrics) -> ClickSource:
    """Return the clicks of *journal*."""
    return JournalSource(journal, metrics=metrics)


@pytest.fixture
async def storage() -> MemoryStorage:
    """Return a store that has the links 1 to 100."""
    return await store_with_links(100)


def _loop(source: ClickSource, storage: Storage, metrics: Metrics) -> JournalCounter:
    return JournalCounter(
        source=source, storage=storage, metrics=metrics, interval=0.005, limit=7
    )


@asynccontextmanager
async def _running(loop: JournalCounter) -> AsyncIterator[None]:
    task = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _position(storage: Storage, journal: str) -> JournalPosition | None:
    async with storage.transaction() as transaction:
        return await transaction.clicks.position(journal)


async def test_batch_is_counted_and_discarded(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
) -> None:
    """Clicks are added per link, the position is stored, counted segments go."""
    write_clicks(journal, [1, 2, 3, 2, 3, 3] * 10)
    done = await count_batch(
        None, source=source, storage=storage, metrics=metrics, limit=1_000
    )
    assert Counted(clicks=60) == done.counted
    assert done.finished
    assert await clicks_by_link(storage) == {1: 10, 2: 20, 3: 30}
    assert done.position == await _position(storage, journal.journal)
    assert [done.position.segment] == [at.number for at in journal.segments]
    values = metrics.registry.get_sample_value
    assert values("waypost_clicks_counted_total") == 60
    assert values("waypost_ingest_batch_seconds_count") == 1


async def test_old_position_counts_nothing_twice(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
) -> None:
    """Clicks that are read again are recognised, new ones between them are not lost."""
    write_clicks(journal, [1, 1])
    for expected in (Counted(clicks=2), Counted(duplicates=2)):
        done = await count_batch(
            None, source=source, storage=storage, metrics=metrics, limit=5
        )
        assert expected == done.counted
    write_clicks(journal, [2], lane=3)
    done = await count_batch(
        None, source=source, storage=storage, metrics=metrics, limit=5
    )
    assert Counted(clicks=1, duplicates=2) == done.counted
    assert await clicks_by_link(storage) == {1: 2, 2: 1}
    assert metrics.registry.get_sample_value("waypost_clicks_duplicate_total") == 4


async def test_gap_is_filled_later(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
) -> None:
    """Later clicks may be counted first; the earlier ones are still counted."""
    write_clicks(journal, range(1, 7))
    first = await source.read(None, limit=3)
    for position in (first.position, None):
        await count_batch(
            position, source=source, storage=storage, metrics=metrics, limit=100
        )
    assert dict.fromkeys(range(1, 7), 1) == await clicks_by_link(storage)


async def test_damage_is_set_aside(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
    tmp_path: Path,
) -> None:
    """One bad record is kept, reported and passed, and costs no other click."""
    write_clicks(journal, [1, 2, 3])
    with segment_file(tmp_path, 1).open("r+b") as file:
        file.seek(HEADER_BYTES + 30)
        file.write(b"\xff\xff")
    await _loop(source, storage, metrics).drain(within=5)
    assert await clicks_by_link(storage) == {2: 1, 3: 1}
    assert len(list((tmp_path / "damaged").glob("*.bin"))) == 1
    values = metrics.registry.get_sample_value
    assert values("waypost_journal_records_damaged_total") == 1


async def test_replay(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
    tmp_path: Path,
) -> None:
    """A backup's clicks count unless they were counted; the position stays."""
    write_clicks(journal, [1, 2, 3, 4, 5])
    done = await count_batch(
        None, source=source, storage=storage, metrics=metrics, limit=3
    )
    shutil.copytree(tmp_path, tmp_path / "backup")
    reports: list[Counted] = []
    total = await replay(
        source=FolderSource(tmp_path / "backup", metrics=metrics),
        storage=storage,
        metrics=metrics,
        limit=4,
        progress=reports.append,
    )
    assert Counted(clicks=2, duplicates=3) == total
    assert [Counted(clicks=1, duplicates=3), total] == reports
    assert dict.fromkeys(range(1, 6), 1) == await clicks_by_link(storage)
    assert done.position == await _position(storage, journal.journal)


async def test_sums_that_were_counted_elsewhere(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
    tmp_path: Path,
) -> None:
    """A replay of the running server's folder comes first: nothing counts twice."""
    start = (await source.read(None, limit=10)).position
    write_clicks(journal, [1, 2, 3])
    await replay(
        source=FolderSource(tmp_path, metrics=metrics),
        storage=storage,
        metrics=metrics,
        limit=2,
        progress=lambda _: None,
    )
    write_clicks(journal, [3, 4])
    done = await count_batch(
        start, source=source, storage=storage, metrics=metrics, limit=10
    )
    assert Counted(clicks=2, duplicates=3) == done.counted
    write_clicks(journal, [4])
    done = await count_batch(
        done.position, source=source, storage=storage, metrics=metrics, limit=10
    )
    assert Counted(clicks=1) == done.counted
    assert await clicks_by_link(storage) == {1: 1, 2: 1, 3: 2, 4: 2}


async def test_settle(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
) -> None:
    """Clicks committed before the call are counted when it returns, for all callers."""
    loop = JournalCounter(
        source=source, storage=storage, metrics=metrics, interval=3_600, limit=4
    )
    async with _running(loop):
        for number in range(1, 11):
            write_clicks(journal, range(1, 11))
            await asyncio.gather(*(loop.settle("code1") for _ in range(5)))
            assert dict.fromkeys(range(1, 11), number) == await clicks_by_link(storage)


async def test_settle_shares_a_round(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
) -> None:
    """However many ask at once, the clicks are read and counted in one batch."""
    loop = JournalCounter(
        source=source, storage=storage, metrics=metrics, interval=3_600, limit=100
    )
    write_clicks(journal, range(1, 11))
    async with _running(loop):
        await asyncio.gather(*(loop.settle("code1") for _ in range(50)))
    batches = metrics.registry.get_sample_value("waypost_ingest_batch_seconds_count")
    assert batches == 1


@pytest.mark.slow
async def test_settle_is_bounded(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
) -> None:
    """While nothing can be counted, a report gets its answer all the same."""
    write_clicks(journal, [1])
    await asyncio.wait_for(_loop(source, storage, metrics).settle("code1"), timeout=30)
    assert await clicks_by_link(storage) == {}


@pytest.mark.parametrize("error", [BackendUnavailable(), OSError(), KeyError("bug")])
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_failures_are_survived(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
    *,
    error: Exception,
    moment: str,
) -> None:
    """A failed round is logged once, tried again, and costs and repeats no click."""
    broken = BreakableStorage(storage)
    write_clicks(journal, range(1, 11))
    with capture_logs() as logs:
        loop = _loop(source, broken, metrics)
        async with _running(loop):
            await loop.settle("code1")
            setattr(broken, moment, error)
            write_clicks(journal, range(11, 31))
            await broken.broke_often.wait()
            setattr(broken, moment, None)
        # What was committed before the failure is looked at once more.
        await loop.drain(within=60)
    assert dict.fromkeys(range(1, 31), 1) == await clicks_by_link(storage)
    values = metrics.registry.get_sample_value
    assert values("waypost_clicks_duplicate_total") == 0
    failed = [entry for entry in logs if entry["event"] == "ingest.failed"]
    assert [type(error).__name__] == [entry["kind"] for entry in failed]
    assert (type(error) is KeyError) == (failed[0]["exc_info"] is not None)


@pytest.mark.slow
async def test_locked_database(
    journal: ClickJournal, source: ClickSource, metrics: Metrics, tmp_path: Path
) -> None:
    """While another program locks SQLite clicks wait, and then count exactly once."""
    url = f"sqlite:///{tmp_path / 'waypost.db'}"
    migrate.upgrade(url)
    storage = await SqlStorage.open(url, timeout_seconds=2)
    await add_links(storage, 30)
    write_clicks(journal, range(1, 31))
    loop = _loop(source, storage, metrics)
    with closing(sqlite3.connect(tmp_path / "waypost.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with _running(loop):
            await loop.settle("code1")
            assert await clicks_by_link(storage) == {}
            other.rollback()
            while len(await clicks_by_link(storage)) < 30:
                await loop.settle("code1")
    await loop.drain(within=5)
    assert dict.fromkeys(range(1, 31), 1) == await clicks_by_link(storage)
    await storage.aclose()


async def test_killed_loop_is_continued(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
) -> None:
    """Cancelled at any step, the next loop counts the rest and nothing twice."""
    write_clicks(journal, range(1, 51))
    for steps in range(12):
        loop = _loop(source, storage, metrics)
        async with _running(loop):
            for _ in range(steps):
                await asyncio.sleep(0)
    await loop.drain(within=5)
    assert dict.fromkeys(range(1, 51), 1) == await clicks_by_link(storage)


async def test_drain_is_bounded(
    journal: ClickJournal,
    source: ClickSource,
    storage: MemoryStorage,
    metrics: Metrics,
) -> None:
    """A store that is away holds up no shutdown, and the log says so."""
    broken = BreakableStorage(storage)
    broken.before = BackendUnavailable()
    write_clicks(journal, [1])
    with capture_logs() as logs:
        await _loop(source, broken, metrics).drain(within=0.02)
    assert logs[-1]["event"] == "ingest.drain_unfinished"
