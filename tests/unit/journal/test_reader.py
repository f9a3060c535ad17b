"""Reading: positions, damage, and what may be seen."""

import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.unit.journal.samples import (
    open_journal,
    read_all,
    sample_click,
    segment_file,
    segment_numbers,
    write_clicks,
)
from waypost.adapters.journal.files.folder import JournalError
from waypost.adapters.journal.files.scan import CHUNK_BYTES
from waypost.adapters.journal.reading.source import FolderSource, JournalSource
from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import DamagedRecord
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import HEADER_BYTES, RecordedClick


def _damage(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


async def _reopened(
    path: Path,
) -> tuple[list[RecordedClick], list[DamagedRecord]]:
    with open_journal(path) as journal:
        return await read_all(JournalSource(journal, metrics=Metrics()))


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.glob("*/*")}


def _links(clicks: list[RecordedClick]) -> list[int]:
    return [click.click.link_id for click in clicks]


async def test_position_in_a_deleted_segment(tmp_path: Path) -> None:
    """Reading goes on at the next segment that exists."""
    with open_journal(tmp_path, segment_bytes=1_200) as journal:
        write_clicks(journal, range(1, 21))
        first, second, *_ = segment_numbers(tmp_path)
        source = JournalSource(journal, metrics=Metrics())
        before = await source.read(JournalPosition(second, 0), limit=100)
        await source.release(JournalPosition(second, 0))
        after = await source.read(JournalPosition(first, 700), limit=100)
        assert before == after


async def test_position_beyond_the_end(tmp_path: Path) -> None:
    """Reading goes on at the next segment, too."""
    with open_journal(tmp_path, segment_bytes=1_200) as journal:
        write_clicks(journal, range(1, 21))
        source = JournalSource(journal, metrics=Metrics())
        first, second, *_ = segment_numbers(tmp_path)
        after = await source.read(JournalPosition(first, 10**9), limit=100)
        assert await source.read(JournalPosition(second, 0), limit=100) == after


async def test_segment_deleted_by_another_program(tmp_path: Path) -> None:
    """A segment that vanished is passed over; the others are read."""
    with open_journal(tmp_path, segment_bytes=1_200) as journal:
        write_clicks(journal, range(1, 21))
        segment_file(tmp_path, 2).unlink()
        source = JournalSource(journal, metrics=Metrics())
        clicks, damaged = await read_all(source)
        assert damaged == []
        assert {1, 20} < set(_links(clicks)) < {*range(1, 21)}
        await source.release(JournalPosition(3, 0))
        assert journal.segments[0].number == 3


async def test_unreadable_segment(tmp_path: Path) -> None:
    """A disk that refuses is an outage, not the end of the journal."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1])
        source = JournalSource(journal, metrics=Metrics())
        path = segment_file(tmp_path, 1)
        path.unlink()
        path.mkdir()
        with pytest.raises(BackendUnavailable):
            await source.read(None, limit=1)


async def test_damaged_header_costs_no_click(tmp_path: Path) -> None:
    """The records behind a damaged header are read; the name says whose they are."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1, 2, 3])
    _damage(segment_file(tmp_path, 1), 100, b"damage")
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [4])
        clicks, damaged = await read_all(JournalSource(journal, metrics=Metrics()))
    assert [(at.sequence, at.click.link_id) for at in clicks] == [
        (1, 1),
        (2, 2),
        (3, 3),
        (1, 4),
    ]
    assert [(JournalPosition(1, 0), "damaged header")] == [
        (at.position, at.reason) for at in damaged
    ]


async def test_torn_tail_is_cut(tmp_path: Path) -> None:
    """What a killed process had not written wholly goes, and only that."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1, 2])
        size = journal.end(journal.segments[0])
    path = segment_file(tmp_path, 1)
    path.write_bytes(path.read_bytes() + path.read_bytes()[HEADER_BYTES:][:50])
    with capture_logs() as logs:
        clicks, damaged = await _reopened(tmp_path)
    assert size == path.stat().st_size
    assert (_links(clicks), damaged) == ([1, 2], [])
    assert [("journal.tail_cut", size, 50)] == [
        (entry["event"], entry["offset"], entry["torn_bytes"]) for entry in logs
    ]


async def test_length_damage_is_not_a_torn_tail(tmp_path: Path) -> None:
    """A length that points beyond the end hides no click that follows."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1, 2, 3])
    _damage(segment_file(tmp_path, 1), HEADER_BYTES, b"\xff\xff")
    clicks, damaged = await _reopened(tmp_path)
    assert _links(clicks) == [2, 3]
    assert [at.reason for at in damaged] == ["cut off"]


@pytest.mark.parametrize(
    ("at", "content", "reason"),
    [
        (3, b"\x01", "impossible length"),
        (5, b"\x99\x99", "checksum mismatch"),
        (60, b"\x99\x99", "checksum mismatch"),
        (0, bytes(60), "not a click"),
    ],
)
async def test_damage_is_reported(
    tmp_path: Path, at: int, content: bytes, reason: str
) -> None:
    """Damage is handed over once, whole, with its place and reason."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1, 2, 3])
        size = (journal.end(journal.segments[0]) - HEADER_BYTES) // 3
    path = segment_file(tmp_path, 1)
    _damage(path, HEADER_BYTES + size + at, content)
    damaged_bytes = path.read_bytes()[HEADER_BYTES + size :][:size]
    clicks, damaged = await _reopened(tmp_path)
    assert _links(clicks) == [1, 3]
    position = JournalPosition(1, HEADER_BYTES + size)
    assert [DamagedRecord(position, damaged_bytes, reason)] == damaged


async def test_damage_longer_than_a_chunk(tmp_path: Path) -> None:
    """A long hole, as a power cut may leave, is passed in pieces."""
    hole = bytes(3 * CHUNK_BYTES + 17)
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1, 2])
    path = segment_file(tmp_path, 1)
    content = path.read_bytes()
    path.write_bytes(content + hole + content[HEADER_BYTES:])
    clicks, damaged = await _reopened(tmp_path)
    assert _links(clicks) == [1, 2, 1, 2]
    assert hole == b"".join(at.content for at in damaged)
    assert max(len(at.content) for at in damaged) <= CHUNK_BYTES


async def test_records_longer_than_a_slice(tmp_path: Path) -> None:
    """The longest clicks are read across chunks."""
    with open_journal(tmp_path, segment_bytes=10_000_000) as journal:
        for number in range(20):
            journal.record(sample_click(number, agent=b"x" * 65_000), 0)
        journal.commit()
        clicks, damaged = await read_all(JournalSource(journal, metrics=Metrics()))
    assert ([*range(20)], []) == (_links(clicks), damaged)


async def test_set_aside(tmp_path: Path) -> None:
    """Damaged bytes are kept in a file named after their place, and reported."""
    metrics = Metrics()
    damaged = DamagedRecord(JournalPosition(3, 777), b"bytes", "checksum mismatch")
    with open_journal(tmp_path) as journal, capture_logs() as logs:
        source = JournalSource(journal, metrics=metrics)
        await source.set_aside(damaged)
        await source.set_aside(damaged)
    assert [tmp_path / "damaged" / f"{3:020d}-777.bin"] == [
        *(tmp_path / "damaged").iterdir()
    ]
    assert (tmp_path / "damaged" / f"{3:020d}-777.bin").read_bytes() == b"bytes"
    assert logs[0] == {
        "event": "journal.record_damaged",
        "log_level": "error",
        "segment": 3,
        "offset": 777,
        "length": 5,
        "reason": "checksum mismatch",
    }


async def test_folder_source_only_reads(tmp_path: Path) -> None:
    """Reading a folder in use takes no lock, stops at a torn tail, changes nothing."""
    with open_journal(tmp_path / "live", segment_bytes=1_500) as journal:
        write_clicks(journal, range(1, 21))
        shutil.copytree(tmp_path / "live", tmp_path / "backup")
        torn = segment_file(tmp_path / "backup", journal.segments[-1].number)
        torn.write_bytes(torn.read_bytes()[:-1])
        before = _contents(tmp_path)
        for name, links in (("live", range(1, 21)), ("backup", range(1, 20))):
            source = FolderSource(tmp_path / name, metrics=Metrics())
            clicks, damaged = await read_all(source)
            assert ([*links], []) == (_links(clicks), damaged)
            await source.release(JournalPosition(9**9, 0))
            await source.set_aside(
                DamagedRecord(JournalPosition(1, 0), b"", "checksum mismatch")
            )
        assert before == _contents(tmp_path)


@pytest.mark.parametrize("name", ["", "missing"])
def test_folder_without_a_journal(tmp_path: Path, name: str) -> None:
    """A folder that holds no journal is refused by name."""
    with pytest.raises(JournalError, match=str(tmp_path / name)):
        FolderSource(tmp_path / name, metrics=Metrics())
