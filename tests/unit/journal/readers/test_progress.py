"""Several readers of one journal: what each has passed is deleted, and no more."""

import asyncio
import errno
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.fakes import SettableClock
from tests.unit.journal.samples import (
    open_journal,
    read_all,
    segment_file,
    segment_numbers,
    write_clicks,
)
from waypost.adapters.journal.files.readers import ReaderFile
from waypost.adapters.journal.reading.follower import JournalFollower
from waypost.adapters.journal.reading.source import JournalSource
from waypost.adapters.journal.writing import progress, writer
from waypost.adapters.journal.writing.watch import JournalWatch
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.domain.clicks import START, JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import BUS, COUNTS
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import HEADER_BYTES

ROWS = "rows"
BOTH = (COUNTS, ROWS)


def value(metrics: Metrics, name: str, reader: str) -> float | None:
    """Return what a metric says of *reader*."""
    return metrics.registry.get_sample_value(name, {"reader": reader})


async def read_rows(journal: ClickJournal, position: JournalPosition | None) -> int:
    """Read what there is as the reader `rows`; return how many clicks it was."""
    follower = JournalFollower(journal.folder.path, metrics=Metrics())
    clicks = 0
    while True:
        batch = await follower.read(position, limit=100)
        clicks += len(batch.clicks)
        position = batch.position
        if not batch.more:
            await journal.release(position, reader=ROWS)
            return clicks


async def test_the_slowest_decides(tmp_path: Path) -> None:
    """A segment is deleted when every reader has passed it, in any order."""
    with open_journal(tmp_path, readers=BOTH, segment_bytes=1_500) as journal:
        write_clicks(journal, range(1, 60))
        all_segments = segment_numbers(tmp_path)
        second = JournalPosition(all_segments[1], 0)

        await journal.release(journal.position, reader=COUNTS)
        assert segment_numbers(tmp_path) == all_segments
        await journal.release(second, reader=ROWS)
        assert segment_numbers(tmp_path) == all_segments[1:]
        assert await read_rows(journal, second) > 0
        assert segment_numbers(tmp_path) == all_segments[-1:]


async def test_readers_that_move_at_the_same_time(tmp_path: Path) -> None:
    """Each segment is deleted once, although both find that it is not needed."""
    with open_journal(tmp_path, readers=BOTH, segment_bytes=1_500) as journal:
        write_clicks(journal, range(1, 60))
        end = journal.position
        await asyncio.gather(
            *(journal.release(end, reader=reader) for reader in BOTH * 3)
        )
        assert segment_numbers(tmp_path) == [end.segment]
        assert journal.size == segment_file(tmp_path, end.segment).stat().st_size


async def test_a_reader_may_need_all_until_it_says_otherwise(tmp_path: Path) -> None:
    """After a start, what a reader that has not spoken yet has not read stays."""
    with open_journal(tmp_path, readers=BOTH, segment_bytes=1_500) as journal:
        write_clicks(journal, range(1, 60))
    before = segment_numbers(tmp_path)
    with open_journal(tmp_path, readers=BOTH, segment_bytes=1_500) as journal:
        await journal.release(journal.position, reader=COUNTS)
        assert segment_numbers(tmp_path) == [*before, before[-1] + 1]
        assert await read_rows(journal, None) == 59
        assert segment_numbers(tmp_path) == [before[-1] + 1]


async def test_a_reader_that_is_no_more(tmp_path: Path) -> None:
    """One that the settings no longer name is forgotten, and holds nothing back."""
    with open_journal(tmp_path, readers=BOTH, segment_bytes=1_500) as journal:
        write_clicks(journal, range(1, 60))
        for reader in (ROWS, BUS):
            await ReaderFile(tmp_path, reader).save(journal.journal, START)
        name = journal.journal
    with (
        capture_logs() as logs,
        open_journal(tmp_path, readers=[COUNTS], segment_bytes=1_500) as journal,
    ):
        await journal.release(journal.position, reader=COUNTS)
        assert segment_numbers(tmp_path) == [journal.position.segment]
    forgotten = [
        log["reader"] for log in logs if log["event"] == "journal.reader_forgotten"
    ]
    assert sorted(forgotten) == [BUS, ROWS]
    for reader in (ROWS, BUS):
        assert await ReaderFile(tmp_path, reader).load(name) is None


async def test_a_reader_that_stays_is_remembered(tmp_path: Path) -> None:
    """Its position is there after the next start."""
    with open_journal(tmp_path, readers=[COUNTS, ROWS, BUS]) as journal:
        name = journal.journal
        for reader in (ROWS, BUS):
            await ReaderFile(tmp_path, reader).save(name, JournalPosition(1, 99))
    with open_journal(tmp_path, readers=[BUS, ROWS]):
        for reader in (ROWS, BUS):
            assert await ReaderFile(tmp_path, reader).load(name) == (1, 99)
    assert (tmp_path / "forwarded").exists(), "the last release reads this name"


async def test_a_reader_that_hangs_costs_no_click(tmp_path: Path) -> None:
    """At the bound, counted clicks go, and what the other has missed is reported."""
    metrics = Metrics()
    with (
        capture_logs() as logs,
        open_journal(
            tmp_path,
            readers=BOTH,
            segment_bytes=2_000,
            max_bytes=12_000,
            metrics=metrics,
        ) as journal,
    ):
        source = JournalSource(journal, metrics=metrics)
        position, counted = None, 0
        for first in range(1, 500, 5):
            write_clicks(journal, range(first, first + 5))
            batch = await source.read(position, limit=100)
            counted += len(batch.clicks)
            position = batch.position
            await source.release(position)
        assert counted == 500
        assert journal.size <= 12_000
        kept_bytes = journal.readers.unread(ROWS)
        assert 500 > await read_rows(journal, None) > 0
    assert metrics.tally.clicks_dropped == 0
    skipped = "waypost_journal_skipped_bytes_total"
    assert value(metrics, skipped, COUNTS) == 0
    lost = [log for log in logs if log["event"] == "journal.reader_left_behind"]
    assert {log["reader"] for log in lost} == {ROWS}
    missed = sum(log["unread_bytes"] for log in lost)
    assert value(metrics, skipped, ROWS) == missed
    assert kept_bytes > 12_000 / 2, "as much is kept as there is room for"
    with open_journal(tmp_path / "all", readers=BOTH) as journal:
        write_clicks(journal, range(1, 501))
        assert missed + kept_bytes == journal.readers.unread(ROWS)


async def test_a_reader_that_hangs_while_the_database_is_away(tmp_path: Path) -> None:
    """What is counted makes room for new clicks, although nothing is counted now."""
    metrics = Metrics()
    with open_journal(
        tmp_path, readers=BOTH, segment_bytes=2_000, max_bytes=12_000, metrics=metrics
    ) as journal:
        write_clicks(journal, range(1, 50))
        await journal.release(journal.position, reader=COUNTS)
        counted = journal.position
        watching = asyncio.create_task(JournalWatch(journal).run())
        for link_id in range(50, 90):
            write_clicks(journal, [link_id])
            await journal.make_room()
        watching.cancel()
        clicks, _ = await read_all(JournalSource(journal, metrics=metrics), counted)
    assert metrics.tally.clicks_dropped == 0
    assert len(clicks) == 40


async def test_a_full_disk_takes_from_the_reader_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One counted segment after the other goes, until clicks can be written again."""
    with open_journal(tmp_path, readers=BOTH, segment_bytes=1_500) as journal:
        write_clicks(journal, range(1, 60))
        await journal.release(journal.position, reader=COUNTS)
        before = segment_numbers(tmp_path)
        await journal.make_room()
        assert segment_numbers(tmp_path) == before

        with monkeypatch.context() as patch:
            patch.setattr(writer, "_write", full_disk)
            write_clicks(journal, [60])
        await journal.make_room()
        assert segment_numbers(tmp_path) == before[1:]


def full_disk(_file: int, _content: bytes) -> int:
    """Write nothing, as a disk without room does."""
    raise OSError(errno.ENOSPC, "no space left")


async def test_what_counts_is_never_left_behind(tmp_path: Path) -> None:
    """Clicks that are not counted stay at the bound; newer ones are dropped."""
    metrics = Metrics()
    with open_journal(
        tmp_path, readers=BOTH, segment_bytes=2_000, max_bytes=6_000, metrics=metrics
    ) as journal:
        for link_id in range(1, 100):
            write_clicks(journal, [link_id])
            await journal.release(journal.position, reader=ROWS)
        clicks, _ = await read_all(JournalSource(journal, metrics=Metrics()))
    assert [click.sequence for click in clicks] == list(range(1, len(clicks) + 1))
    assert metrics.tally.clicks_dropped == 99 - len(clicks) > 0
    assert value(metrics, "waypost_journal_skipped_bytes_total", COUNTS) == 0


async def test_what_is_unread(tmp_path: Path) -> None:
    """The metric says how many bytes of clicks a reader has still to read."""
    metrics = Metrics()
    unread = "waypost_journal_unread_bytes"
    with open_journal(
        tmp_path, readers=BOTH, segment_bytes=1_500, metrics=metrics
    ) as journal:
        assert value(metrics, unread, ROWS) == 0
        write_clicks(journal, [1])
        one = value(metrics, unread, ROWS)
        write_clicks(journal, [1] * 29)
        await journal.release(journal.position, reader=COUNTS)
        assert one
        assert value(metrics, unread, ROWS) == 30 * one
        assert value(metrics, unread, COUNTS) == 0


def test_nothing_to_read_is_no_standstill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a quiet hour, the first click does not make the reader look stalled."""
    clock = SettableClock()
    monkeypatch.setattr(progress, "monotonic", clock.monotonic)
    with open_journal(tmp_path, readers=[COUNTS]) as journal:
        clock.move(3_600)
        assert journal.readers.stalled() == []
        write_clicks(journal, [1])
        clock.move(1)
        assert journal.readers.stalled_seconds(COUNTS) == 1


async def test_the_same_again_is_a_standstill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that begins anew and never gets further does not move on."""
    clock = SettableClock()
    monkeypatch.setattr(progress, "monotonic", clock.monotonic)
    with open_journal(tmp_path, readers=BOTH) as journal:
        write_clicks(journal, range(1, 9))
        begin = JournalPosition(1, HEADER_BYTES + 1)
        await journal.release(begin, reader=ROWS)
        for position in (START, begin, START, begin):
            clock.move(30)
            await journal.release(position, reader=ROWS)
        assert journal.readers.stalled_seconds(ROWS) == 120
        assert ROWS in journal.readers.stalled()


async def test_a_folder_in_the_place_of_a_position(tmp_path: Path) -> None:
    """What is no file is left alone, and keeps no server from starting."""
    (tmp_path / "old.reader").mkdir()
    (tmp_path / "forwarded").write_text("[" * 100_000)
    with open_journal(tmp_path, readers=[BUS]) as journal:
        assert await ReaderFile(tmp_path, BUS).load(journal.journal) is None


async def test_a_reader_that_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported once, and again when it goes on; one without work never is."""
    monkeypatch.setattr(progress, "STALLED_SECONDS", 0.0)
    metrics = Metrics()
    with (
        capture_logs() as logs,
        open_journal(tmp_path, readers=BOTH, metrics=metrics) as journal,
    ):
        watch = JournalWatch(journal)
        await watch.check_readers()
        write_clicks(journal, range(1, 5))
        await journal.release(journal.position, reader=COUNTS)
        for _ in range(3):
            with pytest.raises(BackendUnavailable, match=ROWS):
                await watch.check_readers()
        stalled = "waypost_journal_reader_stalled_seconds"
        assert (value(metrics, stalled, ROWS) or 0) > 0
        assert value(metrics, stalled, COUNTS) == 0
        await journal.release(journal.position, reader=ROWS)
        await watch.check_readers()
    events = [(log["event"], log["reader"]) for log in logs if "reader" in log]
    assert events == [
        ("journal.reader_stalled", ROWS),
        ("journal.reader_reads_again", ROWS),
    ]
