"""The newest clicks come as sums, and from the disk whenever that is not sure."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.journal.samples import open_journal, read_all, sample_click
from waypost.adapters.journal.reading.source import JournalSource
from waypost.adapters.journal.writing import tail
from waypost.adapters.journal.writing.tail import Tail
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.domain.clicks import JournalPosition
from waypost.domain.sequences import SequenceRange
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import RecordedClick

COMMITS = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), max_size=30)


def _lane(link_id: int) -> int:
    return link_id % 3


def _commit(journal: ClickJournal, link_ids: list[int]) -> None:
    for link_id in link_ids:
        journal.record(sample_click(link_id), _lane(link_id))
    journal.commit()


def _summed(clicks: list[RecordedClick]) -> tuple[Counter[int], dict[int, list[int]]]:
    """Return what the sums of *clicks* are: clicks by link, sequences by lane."""
    lanes: dict[int, list[int]] = {}
    for click in clicks:
        lanes.setdefault(click.lane, []).append(click.sequence)
    return Counter(click.click.link_id for click in clicks), lanes


async def _reader(journal: ClickJournal) -> tuple[JournalSource, JournalPosition]:
    """Return a source that is up to date, and where it stands."""
    source = JournalSource(journal, metrics=Metrics())
    return source, (await source.read(None, limit=10)).position


@pytest.mark.slow
@given(before=COMMITS, after=COMMITS)
async def test_sums_are_what_the_disk_holds(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[list[int]],
    after: list[list[int]],
) -> None:
    """Sums taken in any two steps agree with the records to the last one."""
    folder = tmp_path_factory.mktemp("journal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tail, "_FOLD_CLICKS", 4)
        patch.setattr(tail, "MAX_LINKS", 3)
        patch.setattr(tail, "MAX_SUMS", 10_000)
        with open_journal(folder, segment_bytes=1_000) as journal:
            source, position = await _reader(journal)
            for commits in (before, after):
                for link_ids in commits:
                    _commit(journal, link_ids)
                start, links, lanes = position, Counter[int](), dict[int, list[int]]()
                while sums := source.take(position):
                    links.update(sums.clicks)
                    for lane, span in sums.lanes.items():
                        sequences = range(span.first, span.last + 1)
                        lanes.setdefault(lane, []).extend(sequences)
                    position = sums.position
                again = JournalSource(journal, metrics=Metrics())
                clicks, _ = await read_all(again, start)
                assert _summed(clicks) == (links, lanes)
                position = (await source.read(position, limit=10)).position


async def test_uncommitted_clicks_are_left_out(tmp_path: Path) -> None:
    """A click is in the sums after its commit, never before."""
    with open_journal(tmp_path) as journal:
        source, position = await _reader(journal)
        _commit(journal, [1, 2])
        journal.record(sample_click(1), _lane(1))
        sums = source.take(position)
        assert sums
        assert sums.clicks == {1: 1, 2: 1}
        assert sums.lanes == {1: SequenceRange(1, 1), 2: SequenceRange(1, 1)}
        assert source.take(sums.position) is None
        journal.commit()
        sums = source.take(sums.position)
        assert sums
        assert sums.lanes == {1: SequenceRange(2, 2)}


async def test_sums_are_given_once(tmp_path: Path) -> None:
    """Clicks whose counting failed are read from the disk, and then newer sums."""
    with open_journal(tmp_path) as journal:
        source, start = await _reader(journal)
        _commit(journal, [1, 2, 3])
        assert source.take(start)
        _commit(journal, [4, 5])
        assert source.take(start) is None
        batch = await source.read(start, limit=100)
        assert [click.click.link_id for click in batch.clicks] == [1, 2, 3, 4, 5]
        _commit(journal, [6])
        sums = source.take(batch.position)
        assert sums
        assert (sums.clicks, sums.more) == ({6: 1}, False)


async def test_two_readers(tmp_path: Path) -> None:
    """What one reader took from memory, another one reads from the disk."""
    with open_journal(tmp_path, segment_bytes=1_000) as journal:
        source, start = await _reader(journal)
        _commit(journal, [*range(1, 21)])
        assert source.take(start)
        clicks, _ = await read_all(JournalSource(journal, metrics=Metrics()))
        assert [click.click.link_id for click in clicks] == [*range(1, 21)]


START = JournalPosition(1, 0)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Tail:
    """A tail from `START` on, of three sums of two links at most."""
    monkeypatch.setattr(tail, "_FOLD_CLICKS", 1)
    monkeypatch.setattr(tail, "MAX_LINKS", 2)
    monkeypatch.setattr(tail, "MAX_SUMS", 3)
    held = Tail("a" * 32)
    held.start(START, last=[0])
    return held


def _add(held: Tail, numbers: range) -> JournalPosition:
    """Add a click on each link of *numbers*, in this order; return where they end."""
    for number in numbers:
        end = JournalPosition(1, number + 1)
        held.add([number], newest_ns=0, end=end, last=[number + 1])
    return end


def test_memory_is_bounded(held: Tail) -> None:
    """While nothing is counted, waiting clicks are left to the disk, all of them."""
    _add(held, range(6))
    assert held.begin == START
    end = _add(held, range(6, 8))
    assert held.begin is None
    assert held.take(START, last=[8]) is None
    # What was given up is not in the sums that are begun anew.
    held.start(end, last=[8])
    newer = JournalPosition(1, 9)
    held.add([77], newest_ns=5, end=newer, last=[9])
    sums = held.take(end, last=[9])
    assert sums
    assert (sums.clicks, sums.newest_ns, sums.position) == ({77: 1}, 5, newer)


def test_taking_gives_nothing_up(held: Tail) -> None:
    """With as many sums as may wait, the oldest is taken and the newest clicks stay."""
    _add(held, range(7))
    sums = held.take(START, last=[7])
    assert sums
    assert (sums.clicks, sums.position) == ({0: 1, 1: 1}, JournalPosition(1, 2))
    assert sums.more
