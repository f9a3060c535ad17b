"""Following a journal that another process writes, and remembering how far."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.journal.samples import (
    open_journal,
    sample_click,
    segment_file,
    write_clicks,
)
from waypost.adapters.journal.files.readers import ReaderFile, reader_lock
from waypost.adapters.journal.reading.follower import JournalFollower
from waypost.domain.clicks import START, JournaledClick, JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import BUS, COUNTS
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import HEADER_BYTES


def _follower(path: Path) -> JournalFollower:
    return JournalFollower(path, metrics=Metrics())


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _links(clicks: Sequence[JournaledClick]) -> list[int]:
    return [journaled.click.link_id for journaled in clicks]


async def test_whole_clicks(tmp_path: Path) -> None:
    """A click comes with every field and its identity, as it was recorded."""
    clicks = [sample_click(number, agent=b"\xff\x00agent") for number in (1, 2, 3)]
    with open_journal(tmp_path) as journal:
        for number, click in enumerate(clicks):
            journal.record(click, number % 2)
        journal.commit()
        batch = await _follower(tmp_path).read(None, limit=9)
        name = journal.journal
        assert batch.position == journal.position
    assert batch.clicks == [
        JournaledClick(name, 0, 1, clicks[0]),
        JournaledClick(name, 1, 1, clicks[1]),
        JournaledClick(name, 0, 2, clicks[2]),
    ]
    assert not batch.more


async def test_following_across_segments(tmp_path: Path) -> None:
    """For any writes between two reads, each click comes once and in order."""
    with open_journal(tmp_path, segment_bytes=1_500) as journal:
        follower, position = _follower(tmp_path), None
        found: list[int] = []
        for first in range(1, 200, 7):
            write_clicks(journal, range(first, first + 7))
            more = True
            while more:
                batch = await follower.read(position, limit=5)
                found += _links(batch.clicks)
                position, more = batch.position, batch.more
            assert position is not None
            await journal.release(position, reader=COUNTS)
        assert position == journal.position
        assert len(journal.segments) == 1
    assert found == [*range(1, 204)]


async def test_torn_tail_is_waited_for(tmp_path: Path) -> None:
    """A click that is just being written comes once it is whole."""
    with open_journal(tmp_path / "whole") as journal:
        write_clicks(journal, [1, 2])
        content = segment_file(tmp_path / "whole", 1).read_bytes()
    live = tmp_path / "live"
    with open_journal(live) as journal:
        path = segment_file(live, 1)
        path.write_bytes(content[:-1])
        follower = _follower(live)
        batch = await follower.read(None, limit=9)
        assert (_links(batch.clicks), batch.damaged) == ([1], [])
        path.write_bytes(content)
        rest = await follower.read(batch.position, limit=9)
        assert _links(rest.clicks) == [2]


async def test_damage_is_kept(tmp_path: Path) -> None:
    """What cannot be read is handed over, and its bytes outlive the segment."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1, 2, 3])
        path = segment_file(tmp_path, 1)
        content = bytearray(path.read_bytes())
        content[HEADER_BYTES + 30] ^= 0xFF
        path.write_bytes(content)
        follower = _follower(tmp_path)
        batch = await follower.read(None, limit=9)
        await follower.set_aside(batch.damaged[0])
        rest = await follower.read(batch.position, limit=9)
    assert _links(rest.clicks) == [2, 3]
    [kept] = (tmp_path / "damaged").iterdir()
    assert kept.read_bytes() == batch.damaged[0].content


async def test_position_is_remembered(tmp_path: Path) -> None:
    """The last position that was saved is there, for its journal only."""
    file = ReaderFile(tmp_path, BUS)
    assert await file.load("a") is None
    for position in (JournalPosition(1, 700), JournalPosition(2, 580)):
        await file.save("a", position)
    assert await ReaderFile(tmp_path, BUS).load("a") == (2, 580)
    assert await file.load("b") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"journal":"x"}', b"\xff"])
async def test_unreadable_position(tmp_path: Path, content: bytes) -> None:
    """What a power cut left of the file is not a position: it begins anew."""
    (tmp_path / "forwarded").write_bytes(content)
    assert await ReaderFile(tmp_path, BUS).load("x") is None


async def test_position_that_cannot_be_saved(tmp_path: Path) -> None:
    """A disk that refuses is reported, and the last position stays."""
    file = ReaderFile(tmp_path, BUS)
    await file.save("x", JournalPosition(1, 1))
    (tmp_path / "forwarded.tmp").mkdir()
    with pytest.raises(BackendUnavailable):
        await file.save("x", JournalPosition(1, 2))
    assert await file.load("x") == (1, 1)


async def test_one_forwards_at_a_time(tmp_path: Path) -> None:
    """The second waits for the first, and leaves nothing open if it gives up."""
    entered = asyncio.Event()

    async def second() -> None:
        async with reader_lock(tmp_path, BUS):
            entered.set()

    before = _open_files()
    async with reader_lock(tmp_path, BUS):
        cancelled, waiting = (asyncio.create_task(second()) for _ in range(2))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(entered.wait(), 0.5)
        cancelled.cancel()
    await waiting
    assert entered.is_set()
    assert cancelled.cancelled()
    assert before == _open_files()


async def test_reading_begins_where_the_newest_known_journal_was_left(
    tmp_path: Path,
) -> None:
    """Segments of older journals that another reader still needs are not read again."""
    names, ends = [], []
    for link_id in (1, 2, 3):
        with open_journal(tmp_path, readers=(COUNTS, "rows")) as journal:
            write_clicks(journal, [link_id])
            names.append(journal.journal)
            ends.append(journal.position)
    known = {names[1]: ends[1]}

    async def position(journal: str) -> JournalPosition | None:
        return known.get(journal)

    follower = _follower(tmp_path)
    batch = await follower.read(await follower.begin(position), limit=9)
    assert _links(batch.clicks) == [3]
    known.clear()
    assert await follower.begin(position) is None
    known |= {names[0]: ends[0], names[1]: START, names[2]: START}
    assert await follower.begin(position) == ends[0]
