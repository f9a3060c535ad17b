"""What every click recorder and every source of recorded clicks promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.journal.samples import open_journal, read_all, recorded, sample_click
from waypost.adapters.journal.reading.source import FolderSource, JournalSource
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.domain.clicks import LANES, JournalPosition
from waypost.ports.journal import ClickRecorder, ClickSource, DamagedRecord
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import RecordedClick


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[ClickJournal]:
    """Return a recorder whose segments are short."""
    with open_journal(tmp_path, segment_bytes=2_000) as journal:
        yield journal


@pytest.fixture(params=["journal", "folder"])
def source(
    request: pytest.FixtureRequest, recorder: ClickJournal, tmp_path: Path
) -> ClickSource:
    """Return a source of what *recorder* records."""
    if request.param == "folder":
        return FolderSource(tmp_path, metrics=Metrics())
    return JournalSource(recorder, metrics=Metrics())


def _record(recorder: ClickRecorder, clicks: int) -> list[RecordedClick]:
    """Commit *clicks* clicks in turn on all lanes; return what is to be read."""
    expected = []
    for number in range(clicks):
        click = sample_click(number)
        recorder.record(click, number % LANES)
        recorder.commit()
        expected.append(recorded(number % LANES, number // LANES + 1, click))
    return expected


async def test_nothing_recorded(source: ClickSource) -> None:
    """Before the first click a batch is empty, and so is the next."""
    batch = await source.read(None, limit=10)
    assert (batch.clicks, batch.damaged) == ([], [])
    again = await source.read(batch.position, limit=10)
    assert (again.clicks, again.position) == ([], batch.position)


async def test_clicks_come_whole_and_in_order(
    recorder: ClickRecorder, source: ClickSource
) -> None:
    """What was recorded is read, every field of it, with dense sequences by lane."""
    expected = _record(recorder, 150)
    assert (expected, []) == await read_all(source)


async def test_only_committed_clicks(
    recorder: ClickRecorder, source: ClickSource
) -> None:
    """A click is not seen before `commit`, and needs nothing more afterwards."""
    recorder.record(sample_click(1), 5)
    before = await source.read(None, limit=10)
    recorder.commit()
    after = await source.read(before.position, limit=10)
    assert ([], [recorded(5, 1, sample_click(1))]) == (before.clicks, after.clicks)


async def test_commit_of_nothing(recorder: ClickRecorder, source: ClickSource) -> None:
    """`commit` may be called at any time, and makes up no click."""
    recorder.commit()
    recorder.commit()
    assert await read_all(source) == ([], [])
    expected = _record(recorder, 1)
    recorder.commit()
    assert (expected, []) == await read_all(source)


async def test_recorder_never_raises(
    recorder: ClickRecorder, source: ClickSource
) -> None:
    """A click that cannot be kept costs no other click."""
    recorder.record(sample_click(1, agent=b"x" * 1_000_000), 0)
    recorder.record(sample_click(2), 0)
    recorder.commit()
    assert [recorded(0, 1, sample_click(2))] == (await read_all(source))[0]


@pytest.mark.parametrize("limit", [1, 7, 50, 1_000])
async def test_batches_continue(
    recorder: ClickRecorder, source: ClickSource, limit: int
) -> None:
    """Batches keep to the limit, and each begins where the last one ended."""
    expected = _record(recorder, 50)
    found = []
    position = None
    while batch := await source.read(position, limit=limit):
        found += batch.clicks
        position = batch.position
        if len(batch.clicks) < limit:
            break
        assert limit == len(batch.clicks)
    assert expected == found


async def test_reading_again(recorder: ClickRecorder, source: ClickSource) -> None:
    """An old position gives the same clicks again: reading takes nothing away."""
    _record(recorder, 30)
    first = await source.read(None, limit=10)
    second = await source.read(first.position, limit=10)
    assert second == await source.read(first.position, limit=10)
    assert first == await source.read(None, limit=10)


async def test_going_on_later(recorder: ClickRecorder, source: ClickSource) -> None:
    """The position at the end is where later clicks will be."""
    _record(recorder, 30)
    end = (await source.read(None, limit=1_000)).position
    recorder.record(sample_click(7), 63)
    recorder.commit()
    assert [recorded(63, 1, sample_click(7))] == (
        await source.read(end, limit=10)
    ).clicks


async def test_discarding_keeps_the_rest(
    recorder: ClickRecorder, source: ClickSource
) -> None:
    """After discarding, all from the position on is still there."""
    _record(recorder, 60)
    position = (await source.read(None, limit=25)).position
    rest = await read_all(source, position)
    await source.release(position)
    await source.release(position)
    assert rest == await read_all(source, position)


async def test_setting_aside_twice(source: ClickSource, tmp_path: Path) -> None:
    """The same damage may be set aside again, after a failed count."""
    damaged = DamagedRecord(JournalPosition(1, 600), b"bytes", "checksum mismatch")
    await source.set_aside(damaged)
    await source.set_aside(damaged)
    kept = [path.read_bytes() for path in (tmp_path / "damaged").glob("*.bin")]
    # A folder that is only read loses nothing, so nothing of it is kept elsewhere.
    assert kept == ([b"bytes"] if isinstance(source, JournalSource) else [])


async def test_whose_clicks_they_are(
    recorder: ClickJournal, source: ClickSource
) -> None:
    """Every batch names the journal that its clicks are of."""
    _record(recorder, 3)
    batch = await source.read(None, limit=2)
    assert batch.journal == recorder.journal
    batch = await source.read(batch.position, limit=2)
    assert batch.journal == recorder.journal
    assert (await source.read(batch.position, limit=2)).journal == ""


async def test_one_journal_after_another(tmp_path: Path) -> None:
    """A batch ends with its journal; none is passed over, and reading goes on."""
    with open_journal(tmp_path) as first:
        _record(first, 5)
    with open_journal(tmp_path) as second:
        _record(second, 3)
        for source in (
            JournalSource(second, metrics=Metrics()),
            FolderSource(tmp_path, metrics=Metrics()),
        ):
            batches = [await source.read(None, limit=4)]
            while batches[-1].more:
                batches.append(await source.read(batches[-1].position, limit=4))
            assert [(at.journal, len(at.clicks)) for at in batches] == [
                (first.journal, 4),
                (first.journal, 1),
                (second.journal, 3),
            ]


async def test_beginning(
    recorder: ClickJournal, source: ClickSource, tmp_path: Path
) -> None:
    """Reading begins at the stored position of the oldest journal.

    Beyond the journal's segments in this folder that position says nothing: it was
    reached in a copy of the folder, which went on.
    """
    stored = {"": JournalPosition(9, 9)}

    async def position(journal: str) -> JournalPosition | None:
        return stored.get(journal)

    assert await source.begin(position) is None
    for reached, begun in (
        (JournalPosition(1, 600), JournalPosition(1, 600)),
        (JournalPosition(9, 600), JournalPosition(2, 0)),
    ):
        stored[recorder.journal] = reached
        assert await source.begin(position) == begun
