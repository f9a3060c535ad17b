"""The newest clicks come from memory, and from the disk whenever that is not sure."""

from pathlib import Path

import pytest

from tests.unit.journal.samples import open_journal, read_all, write_clicks
from waypost.adapters.journal import tail
from waypost.adapters.journal.reader import JournalSource
from waypost.ports.clicks import RecordedClick
from waypost.telemetry.metrics import Metrics


def _links(clicks: list[RecordedClick]) -> list[int]:
    return [click.click.link_id for click in clicks]


def _delete_segments(folder: Path) -> None:
    for segment in folder.glob("*.seg"):
        segment.unlink()


async def test_up_to_date_reader_needs_no_disk(tmp_path: Path) -> None:
    """Once the end is reached, newer clicks are read even if their file is gone."""
    with open_journal(tmp_path) as journal:
        source = JournalSource(journal, metrics=Metrics())
        position = (await source.read(None, limit=10)).position
        write_clicks(journal, [1, 2, 3])
        _delete_segments(tmp_path)
        batch = await source.read(position, limit=2)

        assert _links(batch.clicks) == [1, 2]
        assert _links((await source.read(batch.position, limit=2)).clicks) == [3]


async def test_clicks_that_were_taken_are_still_on_disk(tmp_path: Path) -> None:
    """A batch whose counting failed is read again, and then the newer ones."""
    with open_journal(tmp_path, segment_bytes=1_000) as journal:
        source = JournalSource(journal, metrics=Metrics())
        start = (await source.read(None, limit=10)).position
        write_clicks(journal, range(1, 21))
        await source.read(start, limit=15)
        write_clicks(journal, range(21, 31))
        clicks, damaged = await read_all(source, start, limit=7)

        assert [*range(1, 31)] == _links(clicks)
        assert damaged == []


async def test_two_readers_see_the_same(tmp_path: Path) -> None:
    """What one reader took from memory, another one reads from the disk."""
    with open_journal(tmp_path, segment_bytes=1_000) as journal:
        first = JournalSource(journal, metrics=Metrics())
        second = JournalSource(journal, metrics=Metrics())
        await first.read(None, limit=10)
        write_clicks(journal, range(1, 21))

        assert [*range(1, 21)] == _links((await read_all(first))[0])
        assert [*range(1, 21)] == _links((await read_all(second))[0])


async def test_memory_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing is counted, waiting clicks are left to the disk, all of them."""
    monkeypatch.setattr(tail, "MAX_CLICKS", 5)
    with open_journal(tmp_path) as journal:
        source = JournalSource(journal, metrics=Metrics())
        position = (await source.read(None, limit=10)).position
        write_clicks(journal, range(1, 8))

        assert journal.tail.begin is None
        assert [*range(1, 8)] == _links((await read_all(source, position))[0])
        write_clicks(journal, [8])
        assert journal.tail.begin is not None
