"""Heads: what is on the bus is stated, once it is there, and no more than that."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.unit.journal.samples import open_journal, write_clicks
from tests.unit.services.links.creating import turns
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.adapters.sql.statements.gaps import SqlGaps
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.gaps import judged
from waypost.services.clicks.heads import STATING_SECONDS, HeadLoop, Recorded

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Edge:
    """A journal whose heads are stated in a database, and the time between."""

    def __init__(self, journal: ClickJournal, storage: SqlStorage) -> None:
        self.journal = journal
        self.gaps = SqlGaps(storage.database)
        self.paused = asyncio.Semaphore(0)
        self.pauses: list[float] = []
        self._goes_on = asyncio.Semaphore(0)
        self.loop = HeadLoop(
            journal=journal.journal,
            recorded=lambda: Recorded(journal.position, journal.last),
            gaps=self.gaps,
            ended=journal.ended(),
        )
        self.loop._rounds._pause = self._pause

    async def _pause(self, _until: asyncio.Event, seconds: float) -> None:
        self.pauses.append(seconds)
        self.paused.release()
        await self._goes_on.acquire()

    async def next_round(self) -> None:
        """Return once the round that begins now is over."""
        self._goes_on.release()
        await self.paused.acquire()

    async def stated(self) -> dict[int, int]:
        """Return the heads; nothing is counted."""
        found = await self.gaps.examine(partial(judged, now=NOON, bound=timedelta(0)))
        return {each.lane: each.span.last for each in found.after}

    @asynccontextmanager
    async def stating(self) -> AsyncIterator[None]:
        """Run the loop meanwhile."""
        task = asyncio.create_task(self.loop.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
async def edge(tmp_path: Path, database_url: str) -> AsyncIterator[Edge]:
    """A journal that nothing was recorded in yet."""
    storage = await SqlStorage.open(database_url, timeout_seconds=0.2)
    with open_journal(tmp_path / "journal") as journal:
        yield Edge(journal, storage)
    await storage.aclose()


async def test_heads_are_stated_once_they_are_forwarded(edge: Edge) -> None:
    """Clicks that are still in the journal are not missing."""
    write_clicks(edge.journal, [1, 2, 3], lane=5)
    recorded = edge.journal.position
    async with edge.stating():
        await turns()
        write_clicks(edge.journal, [4], lane=6)
        edge.loop.forwarded(recorded._replace(offset=recorded.offset - 1))
        await turns()
        assert await edge.stated() == {}
        edge.loop.forwarded(recorded)
        await edge.paused.acquire()
        assert await edge.stated() == {5: 3}
        edge.loop.forwarded(edge.journal.position)
        await edge.next_round()
        assert await edge.stated() == {5: 3, 6: 1}
    assert edge.pauses == [STATING_SECONDS] * 2


async def test_nothing_new_is_not_stated(edge: Edge, database_file: Path) -> None:
    """An edge without visitors writes nothing."""
    write_clicks(edge.journal, [1])
    edge.loop.forwarded(edge.journal.position)
    async with edge.stating():
        await edge.paused.acquire()
        with sqlite3.connect(database_file) as database:
            database.execute("DELETE FROM journal_heads")
        await edge.next_round()
        assert await edge.stated() == {}
        write_clicks(edge.journal, [2])
        edge.loop.forwarded(edge.journal.position)
        await edge.next_round()
        assert await edge.stated() == {0: 2}


async def test_a_store_that_is_away(edge: Edge, database_file: Path) -> None:
    """The next round states what this one could not."""
    write_clicks(edge.journal, [1])
    edge.loop.forwarded(edge.journal.position)
    with closing(sqlite3.connect(database_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with edge.stating():
            await edge.paused.acquire()
            other.execute("ROLLBACK")
            assert await edge.stated() == {}
            await edge.next_round()
            assert await edge.stated() == {0: 1}


async def test_a_defect(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends only the round that it is in, and is logged as an error."""
    write_clicks(edge.journal, [1])
    edge.loop.forwarded(edge.journal.position)
    with capture_logs() as logs, monkeypatch.context() as patch:
        patch.setattr(edge.gaps, "state_heads", lambda *_: 1 / 0)
        async with edge.stating():
            await edge.paused.acquire()
            assert await edge.stated() == {}
            patch.undo()
            await edge.next_round()
            assert await edge.stated() == {0: 1}
    [line] = logs
    assert (line["event"], line["log_level"]) == ("heads.not_stated", "error")


async def test_the_end(edge: Edge) -> None:
    """At a clean end all is stated: the rest is forwarded only after the next start."""
    write_clicks(edge.journal, [1, 2], lane=9)
    await edge.loop.end()
    assert await edge.stated() == {9: 2}


async def test_heads_of_a_killed_process_are_stated_by_the_next(
    tmp_path: Path, database_url: str
) -> None:
    """What was recorded last before a kill can be missed, though it was forwarded."""
    with open_journal(tmp_path / "journal") as killed:
        write_clicks(killed, [1, 2, 3], lane=5)
    storage = await SqlStorage.open(database_url, timeout_seconds=60)
    with open_journal(tmp_path / "journal") as journal:
        assert journal.journal != killed.journal
        edge = Edge(journal, storage)
        async with edge.stating():
            while await edge.stated() != {5: 3}:
                await turns()
    await storage.aclose()
