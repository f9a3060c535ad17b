"""Recording: bounds, rotation, and what a failing disk may do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.unit.journal.samples import (
    open_journal,
    read_all,
    sample_click,
    segment_numbers,
    write_clicks,
)
from waypost.adapters.journal.files.folder import JournalError
from waypost.adapters.journal.files.segments import list_segments
from waypost.adapters.journal.reading.source import FolderSource, JournalSource
from waypost.adapters.journal.writing import writer
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.telemetry.metrics import Metrics


def _sizes(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.glob("*.seg")]


async def _identities(journal: ClickJournal) -> list[tuple[int, int, int]]:
    clicks, damaged = await read_all(JournalSource(journal, metrics=Metrics()))
    assert damaged == []
    return [(click.lane, click.sequence, click.click.link_id) for click in clicks]


async def test_rotation(tmp_path: Path) -> None:
    """A full segment is followed by the next, and clicks are read across."""
    with open_journal(tmp_path, segment_bytes=2_000) as journal:
        write_clicks(journal, range(1, 31))
        assert len(journal.segments) > 3
        assert [at.number for at in journal.segments] == segment_numbers(tmp_path)
        assert max(_sizes(tmp_path)) <= 2_000
        assert [(0, n, n) for n in range(1, 31)] == await _identities(journal)


async def test_batch_larger_than_a_segment(tmp_path: Path) -> None:
    """Clicks that are committed together stay together, however many."""
    with open_journal(tmp_path, segment_bytes=1_000) as journal:
        for number in range(1, 21):
            journal.record(sample_click(number), 3)
        journal.commit()
        assert [(3, n, n) for n in range(1, 21)] == await _identities(journal)


async def test_every_opening_is_a_journal(tmp_path: Path) -> None:
    """Sequences begin at 1 with every opening; the numbers of segments go on."""
    opened = []
    for _ in range(4):
        with open_journal(tmp_path, segment_bytes=1_200) as journal:
            write_clicks(journal, [1, 2, 3], lane=1)
            write_clicks(journal, [4], lane=63)
            opened.append(journal.journal)
    source = FolderSource(tmp_path, metrics=Metrics())
    found: dict[str, list[tuple[int, int]]] = {}
    position = None
    while (batch := await source.read(position, limit=100)).journal:
        clicks = found.setdefault(batch.journal, [])
        clicks += [(click.lane, click.sequence) for click in batch.clicks]
        position = batch.position
    assert found == {each: [(1, 1), (1, 2), (1, 3), (63, 1)] for each in opened}
    numbers = segment_numbers(tmp_path)
    assert numbers == [*range(1, len(numbers) + 1)]


def test_journals_that_have_ended(tmp_path: Path) -> None:
    """Of each that still has segments here it is known with which clicks it ended."""
    with open_journal(tmp_path, segment_bytes=1_000) as first:
        for lane in range(30):  # so that the newest segment has few of the lanes
            first.record(sample_click(lane), lane)
            first.commit()
        assert first.ended() == {}
        ends = {first.journal: list(first.last)}
    with open_journal(tmp_path, segment_bytes=1_000) as second:
        write_clicks(second, [1, 1, 2])
        assert second.ended() == ends
        ends[second.journal] = list(second.last)
    assert len(list_segments(tmp_path)) > 2
    with open_journal(tmp_path) as third:
        assert third.ended() == ends


def test_end_of_a_journal_whose_newest_header_is_damaged(tmp_path: Path) -> None:
    """Then its records say it, as far as they are there."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1, 1, 1])
        ends = {journal.journal: list(journal.last)}
    (segment,) = list_segments(tmp_path)
    with segment.path.open("r+b") as file:
        file.write(b"?" * 4)
    with open_journal(tmp_path) as later:
        assert later.ended() == ends


def test_ends_that_cannot_be_read(tmp_path: Path) -> None:
    """The error says what cannot be read, as for every other access."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1])
    with open_journal(tmp_path) as later:
        list_segments(tmp_path)[0].path.unlink()
        with pytest.raises(JournalError):
            later.ended()


async def test_bound_on_disk(tmp_path: Path) -> None:
    """Beyond its bound the journal drops and reports; deletion makes room again."""
    metrics = Metrics()
    with open_journal(
        tmp_path, segment_bytes=4_000, max_bytes=10_000, metrics=metrics
    ) as journal:
        with capture_logs() as logs:
            write_clicks(journal, range(1, 101))
        kept, dropped = metrics.tally.clicks_recorded, metrics.tally.clicks_dropped
        assert kept + dropped == 100
        assert dropped > 0
        assert journal.size == sum(_sizes(tmp_path))
        assert journal.size <= 10_000
        assert [(entry["event"], entry["error"]) for entry in logs] == [
            ("journal.clicks_dropped", "EDQUOT")
        ]
        source = JournalSource(journal, metrics=metrics)
        batch = await source.read(None, limit=1_000)
        assert [*range(1, kept + 1)] == [click.sequence for click in batch.clicks]
        await source.release(batch.position)
        write_clicks(journal, [7])
        after = await source.read(batch.position, limit=10)
        assert [(0, kept + 1)] == [
            (click.lane, click.sequence) for click in after.clicks
        ]


async def test_bound_smaller_than_a_segment(tmp_path: Path) -> None:
    """Counting makes room even where one segment would take the whole bound."""
    metrics = Metrics()
    with open_journal(
        tmp_path, segment_bytes=100_000, max_bytes=5_000, metrics=metrics
    ) as journal:
        source = JournalSource(journal, metrics=metrics)
        position = None
        for _ in range(10):
            write_clicks(journal, range(5))
            batch = await source.read(position, limit=100)
            assert len(batch.clicks) == 5
            position = batch.position
            await source.release(position)
        assert metrics.tally.clicks_dropped == 0


def test_size_metric(tmp_path: Path) -> None:
    """The gauge shows the bytes on disk at any moment."""
    metrics = Metrics()
    with open_journal(tmp_path, segment_bytes=1_500, metrics=metrics) as journal:
        write_clicks(journal, range(20))
        assert sum(_sizes(tmp_path)) == metrics.registry.get_sample_value(
            "waypost_journal_bytes"
        )


async def test_impossible_clicks_are_dropped(tmp_path: Path) -> None:
    """A click that cannot be written is dropped alone; sequences stay dense."""
    metrics = Metrics()
    with open_journal(tmp_path, metrics=metrics) as journal:
        journal.record(sample_click(1), 0)
        journal.record(sample_click(2, agent=b"x" * 70_000), 0)
        journal.record(sample_click(2)._replace(code="\ud800"), 0)
        journal.record(sample_click(2, time_ns=2**70), 0)
        journal.record(sample_click(3), 0)
        journal.commit()
        assert await _identities(journal) == [(0, 1, 1), (0, 2, 3)]
    assert (metrics.tally.clicks_recorded, metrics.tally.clicks_dropped) == (2, 3)


async def test_clock_may_jump_back(tmp_path: Path) -> None:
    """Order and identity do not depend on the time of day."""
    with open_journal(tmp_path) as journal:
        for number, time_ns in enumerate([9_000, 5_000, 7_000, 1_000], start=1):
            journal.record(sample_click(number, time_ns=time_ns), 0)
            journal.commit()
        assert [(0, n, n) for n in range(1, 5)] == await _identities(journal)


async def test_lost_file_is_replaced(tmp_path: Path) -> None:
    """A segment that takes neither bytes nor a cut is left; the next one is begun."""
    metrics = Metrics()
    with open_journal(tmp_path, metrics=metrics) as journal:
        write_clicks(journal, [1])
        os.close(journal._file)
        write_clicks(journal, [2, 3])
        assert await _identities(journal) == [(0, 1, 1), (0, 2, 3)]
        assert segment_numbers(tmp_path) == [1, 2]
    assert (metrics.tally.clicks_recorded, metrics.tally.clicks_dropped) == (2, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "error"), [("while recording", "EFBIG"), ("before opening", "ENOSPC")]
)
def test_full_disk(tmp_path: Path, limit: str, error: str) -> None:
    """On a full disk clicks are dropped, whole records stay, and it recovers."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.unit.journal.full_disk", str(tmp_path), limit],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    report = json.loads(child.stdout.splitlines()[-1])
    assert report["damaged"] == []
    assert report["dropped"] > 0
    assert report["recorded"] + report["dropped"] == 60
    assert report["recorded"] == len(report["clicks"])
    assert {*range(41, 61)} <= {link_id for _, _, link_id in report["clicks"]}
    for lane in (0, 1):
        sequences = [at for owner, at, _ in report["clicks"] if owner == lane]
        assert [*range(1, len(sequences) + 1)] == sequences
        if limit == "while recording":
            assert [1, len(sequences)] == report["sequences"][str(lane)]
    if limit == "while recording":
        links = sorted(link_id for *_, link_id in report["clicks"])
        assert links == report["summed"]
    assert [error] == report["logged"]


async def test_old_segment_goes_when_it_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a quiet server counted clicks do not stay on the disk for days."""
    with open_journal(tmp_path) as journal:
        source = JournalSource(journal, metrics=Metrics())
        write_clicks(journal, [1, 2])
        position = (await source.read(None, limit=10)).position
        await source.release(position)
        kept = segment_numbers(tmp_path)
        monkeypatch.setattr(writer, "SEAL_SECONDS", 0.0)
        await source.release(position)
        left = segment_numbers(tmp_path)
        write_clicks(journal, [3])
        after = await source.read(position, limit=10)

        assert len(kept) == len(left) == 1
        assert kept != left
        assert [click.click.link_id for click in after.clicks] == [3]


async def test_old_segment_stays_until_it_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However old, a click that is not counted is not deleted."""
    monkeypatch.setattr(writer, "SEAL_SECONDS", 0.0)
    with open_journal(tmp_path) as journal:
        source = JournalSource(journal, metrics=Metrics())
        write_clicks(journal, [1])
        position = (await source.read(None, limit=10)).position
        write_clicks(journal, [2])
        await source.release(position)

        assert [click.click.link_id for click in (await read_all(source))[0]] == [1, 2]


async def test_quiet_journals_begin_no_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment is sealed once it is old and has clicks, and its age begins anew."""
    now = 0.0
    monkeypatch.setattr(writer, "monotonic", lambda: now)
    with open_journal(tmp_path) as journal:
        source = JournalSource(journal, metrics=Metrics())
        begun = []
        for now, clicks in (  # noqa: B007  # the writer's clock reads it
            (1.0, [1]),
            (599.0, [2]),
            (600.0, []),
            (601.0, [3]),
            (1_199.0, [4]),
            (1_200.0, []),
            (1_900.0, []),
        ):
            write_clicks(journal, clicks)
            position = (await source.read(None, limit=100)).position
            await source.release(position)
            begun.append(segment_numbers(tmp_path))
        assert begun == [[1], [1], [2], [2], [2], [3], [3]]


def test_segments_leave_no_file_open(tmp_path: Path) -> None:
    """However many segments are filled, one is open for writing."""
    files = Path("/proc/self/fd")
    with open_journal(tmp_path, segment_bytes=1_000) as journal:
        before = len([*files.iterdir()])
        write_clicks(journal, range(1, 51))
        assert len(journal.segments) > 10
        assert len([*files.iterdir()]) == before
    assert len([*files.iterdir()]) == before - 3


async def test_positions_of_dropped_clicks(tmp_path: Path) -> None:
    """The last sequences are those of committed clicks, not of later ones."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1, 2], lane=5)
        journal.record(sample_click(3), 5)
        journal.record(sample_click(4), 6)
        assert (journal.last[5], journal.last[6]) == (2, 0)
        journal.commit()
        assert (journal.last[5], journal.last[6]) == (3, 1)
