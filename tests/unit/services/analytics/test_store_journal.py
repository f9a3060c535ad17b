"""Storing the clicks of a journal: each once, also after failures."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.unit.journal.samples import open_journal, write_clicks
from waypost.adapters.journal.reading.follower import JournalFollower
from waypost.adapters.local import SystemClock
from waypost.adapters.memory.clicks import MemoryClicks
from waypost.config import Settings
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import ClickQuery, Numbers, Totals
from waypost.domain.clicks import JournaledClick, JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.analytics.rows import ClickRows, Freshness
from waypost.ports.journal import COUNTS, ROWS
from waypost.services.analytics.enrich import Enricher
from waypost.services.analytics.store_journal import StoreContext, Stored, StoreLoop
from waypost.telemetry.metrics import Metrics
from waypost.wiring.analytics.enrichment import EnricherWhenNeeded, open_enricher

EVERYTHING = ClickQuery(start_ms=0, end_ms=1 << 50)


async def enrich(clicks: Sequence[JournaledClick]) -> list[EnrichedClick]:
    """Return *clicks* with nothing known about them."""
    return [
        EnrichedClick(
            journal=one.journal,
            lane=one.lane,
            sequence=one.sequence,
            link_id=one.click.link_id,
            time_ms=one.click.time_ns // 1_000_000,
            visitor=0,
            values=(None,) * len(DIMENSIONS),
        )
        for one in clicks
    ]


class Failing(MemoryClicks):
    """A store that is away now and then, before or after it has stored."""

    def __init__(self, *, before: int = 0, after: int = 0) -> None:
        super().__init__()
        self.before, self.after = before, after
        self.upkeep = 0
        self.is_kept = asyncio.Event()

    async def add(
        self,
        clicks: Sequence[EnrichedClick],
        *,
        freshness: Sequence[Freshness] = (),
        positions: Mapping[str, JournalPosition] | None = None,
    ) -> int:
        """Store, or fail."""
        if self.before:
            self.before -= 1
            raise BackendUnavailable
        new = await super().add(clicks, freshness=freshness, positions=positions)
        if self.after:
            self.after -= 1
            raise BackendUnavailable
        return new

    async def keep(self, *, now_ms: int) -> bool:
        """Count the steps; there are three."""
        self.upkeep += 1
        if self.upkeep == 3:
            self.is_kept.set()
        return self.upkeep < 3


class Reports(list[Stored]):
    """What a loop reports."""

    def __init__(self) -> None:
        super().__init__()
        self._new = asyncio.Event()

    def take(self, stored: Stored) -> None:
        """Take one."""
        self.append(stored)
        self._new.set()

    async def has_come(self, position: JournalPosition) -> None:
        """Return once everything before *position* is stored."""
        while not self or self[-1].position != position:
            self._new.clear()
            await self._new.wait()


def loop_of(path: Path, rows: ClickRows, reports: Reports, limit: int = 7) -> StoreLoop:
    """Return what stores the journal in *path*, as a new process would make it."""
    return StoreLoop(
        StoreContext(
            feed=JournalFollower(path, metrics=Metrics()),
            enrich=enrich,
            rows=rows,
            source="folder",
        ),
        report=reports.take,
        interval=0.002,
        limit=limit,
    )


async def drain(path: Path, rows: ClickRows) -> list[Stored]:
    """Store what there is."""
    reports = Reports()
    loop = loop_of(path, rows, reports)
    loop.stop()
    async with asyncio.timeout(120):
        await loop.run()
    return reports


async def people(rows: MemoryClicks) -> int:
    """Return how many clicks the store knows."""
    answers = await rows.ask(EVERYTHING, [Totals()])
    [numbers] = answers.answers
    assert isinstance(numbers, Numbers)
    return numbers.people


async def test_every_click_once(tmp_path: Path) -> None:
    """A process that begins again goes on where the store is, and repeats nothing."""
    rows = MemoryClicks()
    with open_journal(tmp_path, readers=(COUNTS, ROWS)) as journal:
        write_clicks(journal, range(1, 31))
        first = await drain(tmp_path, rows)
        write_clicks(journal, range(31, 41))
        second = await drain(tmp_path, rows)
        assert second[-1].position == journal.position
    assert sum(one.clicks for one in first) == 30
    assert sum(one.clicks for one in second) == 10
    assert sum(one.repeated for one in first + second) == 0
    assert await people(rows) == 40


@pytest.mark.parametrize("stored", [False, True])
async def test_a_store_that_is_away(tmp_path: Path, *, stored: bool) -> None:
    """A batch is stored again until the store answers, and counts once."""
    rows = Failing(before=0 if stored else 3, after=3 if stored else 0)
    reports = Reports()
    with open_journal(tmp_path, readers=(COUNTS, ROWS)) as journal:
        write_clicks(journal, range(1, 21))
        loop = loop_of(tmp_path, rows, reports)
        running = asyncio.create_task(loop.run())
        async with asyncio.timeout(120):
            await reports.has_come(journal.position)
        loop.stop()
        await running
    assert sum(one.failed for one in reports) == 3
    assert await people(rows) == 20
    assert sum(one.clicks + one.repeated for one in reports) == 20


async def test_upkeep_goes_on_until_nothing_is_left(tmp_path: Path) -> None:
    """The store is looked after also while no clicks come."""
    rows = Failing()
    with open_journal(tmp_path, readers=(COUNTS, ROWS)):
        loop = loop_of(tmp_path, rows, Reports())
        running = asyncio.create_task(loop.run())
        async with asyncio.timeout(120):
            await rows.is_kept.wait()
        loop.stop()
        await running


async def test_freshness_is_that_of_the_end_of_the_journal(tmp_path: Path) -> None:
    """Where more clicks wait, reports are as fresh as the last one that is stored."""
    rows = MemoryClicks()
    with open_journal(tmp_path, readers=(COUNTS, ROWS)) as journal:
        write_clicks(journal, range(1, 8))
        assert (await rows.ask(EVERYTHING, [Totals()])).as_of_ms is None
        loop = loop_of(tmp_path, rows, Reports(), limit=3)
        stored = await loop._step(None)
        assert stored.more
        last_ms = (1_750_000_000_000_000_000 + 3) // 1_000_000
        assert (await rows.ask(EVERYTHING, [Totals()])).as_of_ms == last_ms
        await drain(tmp_path, rows)
        as_of_ms = (await rows.ask(EVERYTHING, [Totals()])).as_of_ms
        assert as_of_ms is not None
        assert as_of_ms > last_ms


async def test_enrichment_is_opened_by_the_first_clicks(tmp_path: Path) -> None:
    """A server without clicks does not load what they are enriched with."""
    opened: list[Enricher] = []

    def opening() -> Enricher:
        metrics = Metrics()
        opened.append(
            open_enricher(
                Settings(), salts=MemoryClicks(), clock=SystemClock(), metrics=metrics
            )
        )
        return opened[0]

    when_needed = EnricherWhenNeeded(opening)
    assert await when_needed([]) == []
    assert opened == []
    with open_journal(tmp_path, readers=(COUNTS, ROWS)) as journal:
        write_clicks(journal, [1, 2])
        batch = await JournalFollower(tmp_path, metrics=Metrics()).read(None, limit=9)
    for _ in range(2):
        found = await when_needed(batch.clicks)
        assert [click.link_id for click in found] == [1, 2]
    assert len(opened) == 1
