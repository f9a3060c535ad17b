"""If a crash or a bad disk hits any byte, each click counts exactly once."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.journal.samples import (
    clicks_by_link,
    open_journal,
    sample_click,
    store_with_links,
)
from waypost.adapters.journal.files.segments import list_segments
from waypost.adapters.journal.reading.source import FolderSource, JournalSource
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.clicks import JournalPosition
from waypost.services.clicks.journal_counts import count_batch, counted_position, replay
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import HEADER_BYTES

_LANES = st.sampled_from([0, 7, 63])
_CLICKS = st.lists(_LANES, min_size=1, max_size=5)
_MOST_CLICKS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Clicks that are committed together, by lane, and answered."""

    lanes: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One batch that is counted, from any position known until then."""

    position: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What a process does until it is killed in the middle of a write."""

    place: int
    """In which of the folders that there are."""
    is_in_copy: bool
    """Whether that folder is copied first, and the process lives in the copy."""
    steps: list[Commit | Count]
    unanswered: list[int]
    written: float
    """Which part of the unanswered write reached the disk."""


_LIVES = st.lists(
    st.builds(
        Life,
        place=st.integers(0, 2),
        is_in_copy=st.booleans(),
        steps=st.lists(
            st.builds(Commit, lanes=_CLICKS)
            | st.builds(Count, position=st.integers(0, 9), limit=st.integers(1, 12)),
            max_size=8,
        ),
        unanswered=_CLICKS,
        written=st.floats(0, 1),
    ),
    min_size=1,
    max_size=5,
)


class World:
    """A journal's folder and copies of it, a store, and what visitors were answered."""

    def __init__(self, folder: Path, storage: MemoryStorage) -> None:
        self.positions: dict[Path, list[JournalPosition | None]] = {folder: [None]}
        self.storage = storage
        self.metrics = Metrics()
        self.journals: set[str] = set()
        self.recorded = 0
        self.answered: set[int] = set()

    def record(self, journal: ClickJournal, lanes: Iterable[int]) -> list[int]:
        """Record one click, each on a link of its own, for each of *lanes*."""
        links = []
        for lane in lanes:
            self.recorded += 1
            links.append(self.recorded)
            journal.record(sample_click(self.recorded), lane)
        return links

    async def count(self, journal: ClickJournal, position: int, limit: int) -> bool:
        """Count one batch; return whether there was nothing more."""
        source = JournalSource(journal, metrics=self.metrics)
        stored = partial(counted_position, storage=self.storage)
        known = [*self.positions[journal.folder.path], await source.begin(stored)]
        done = await count_batch(
            known[-1 - position % len(known)],
            source=source,
            storage=self.storage,
            metrics=self.metrics,
            limit=limit,
        )
        self.positions[journal.folder.path].append(done.position)
        return done.finished

    async def live(self, life: Life) -> None:
        """Open the journal, do everything, and die while writing."""
        folder = self._folder_of(life)
        with open_journal(folder, segment_bytes=1_500) as journal:
            self.journals.add(journal.journal)
            for step in life.steps:
                if isinstance(step, Commit):
                    links = self.record(journal, step.lanes)
                    journal.commit()
                    self.answered.update(links)
                else:
                    await self.count(journal, step.position, step.limit)
            self.record(journal, life.unanswered)
            answered = {at: journal.end(at) for at in journal.segments}
            journal.commit()
            segment = journal.segments[-1]
            start, end = answered.get(segment, HEADER_BYTES), journal.end(segment)
            cut = start + int(life.written * (end - start))
            os.truncate(segment.path, cut)

    def _folder_of(self, life: Life) -> Path:
        folder = [*self.positions][life.place % len(self.positions)]
        if not life.is_in_copy:
            return folder
        copy = folder.with_name(f"copy-{len(self.positions)}")
        if folder.exists():
            shutil.copytree(folder, copy)
        self.positions[copy] = self.positions[folder].copy()
        return copy

    async def check(self) -> None:
        """Count all that is left; every answered click is counted exactly once."""
        for folder in self.positions:
            with open_journal(folder) as journal:
                while not await self.count(journal, 0, 50):
                    pass
        counts = await clicks_by_link(self.storage)
        assert self.answered <= counts.keys()
        assert {1} >= set(counts.values())
        async with self.storage.transaction() as transaction:
            counted = [await transaction.clicks.counted(at) for at in self.journals]
        for sequences in chain.from_iterable(lanes.values() for lanes in counted):
            assert [(1, sequences.last)] == list(sequences.ranges)


@pytest.mark.slow
@given(lives=_LIVES)
def test_crashes_at_any_byte(lives: list[Life]) -> None:
    """Killed at any byte, copied, counted from old positions: each click counts once.

    The copies share one store, as clones of a machine do.
    """

    async def scenario() -> None:
        with tempfile.TemporaryDirectory() as folder:
            storage = await store_with_links(_MOST_CLICKS)
            world = World(Path(folder) / "journal", storage)
            for life in lives:
                await world.live(life)
            await world.check()

    asyncio.run(scenario())


@pytest.mark.slow
@given(
    lanes=st.lists(_LANES, min_size=2, max_size=30),
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)),
        min_size=1,
        max_size=6,
    ),
    reopened=st.booleans(),
)
def test_damage_at_any_byte(
    lanes: list[int], flips: list[tuple[float, int]], *, reopened: bool
) -> None:
    """Every click whose bytes are intact is counted once, with any neighbours."""

    async def scenario() -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            places = _write(folder, lanes)
            hit = _flip(folder, flips)
            metrics = Metrics()
            storage = await store_with_links(len(lanes))
            if reopened:
                world = World(folder, storage)
                with open_journal(folder, metrics=metrics) as journal:
                    while not await world.count(journal, 0, 7):
                        pass
            for _ in range(2):
                await replay(
                    source=FolderSource(folder, metrics=metrics),
                    storage=storage,
                    metrics=metrics,
                    limit=5,
                    progress=lambda _: None,
                )
            intact = {
                link
                for link, (segment, start, end) in places.items()
                if not any(segment == at and start <= byte < end for at, byte in hit)
            }
            assert dict.fromkeys(intact, 1) == await clicks_by_link(storage)

    asyncio.run(scenario())


def _write(folder: Path, lanes: list[int]) -> dict[int, tuple[int, int, int]]:
    """Write one click for each lane; return segment, start and end by link."""
    places = {}
    with open_journal(folder, segment_bytes=1_500) as journal:
        for link_id, lane in enumerate(lanes, start=1):
            journal.record(sample_click(link_id), lane)
            length = sum(map(len, journal._buffer))
            journal.commit()
            segment = journal.segments[-1]
            end = journal.end(segment)
            places[link_id] = (segment.number, end - length, end)
    return places


def _flip(folder: Path, flips: list[tuple[float, int]]) -> set[tuple[int, int]]:
    """Change bytes anywhere in the segments; return the segments and offsets."""
    paths = {segment.number: segment.path for segment in list_segments(folder)}
    places = [
        (number, offset)
        for number, path in paths.items()
        for offset in range(path.stat().st_size)
    ]
    hit = {places[int(share * len(places))]: mask for share, mask in flips}
    for (number, offset), mask in hit.items():
        content = bytearray(paths[number].read_bytes())
        content[offset] ^= mask
        paths[number].write_bytes(content)
    return set(hit)
