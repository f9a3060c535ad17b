"""Looking at a journal while a server may be using it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.journal.samples import (
    open_journal,
    sample_click,
    segment_file,
    segment_numbers,
    write_clicks,
)
from waypost.adapters.journal.files.folder import JournalError
from waypost.adapters.journal.reading.inspect import DamageReport, inspect_journal
from waypost.wire.journal_record import HEADER_BYTES


def test_healthy_journal_in_use(tmp_path: Path) -> None:
    """Segments are listed with size, clicks and times, without stopping a writer."""
    with open_journal(tmp_path, segment_bytes=2_000) as journal:
        write_clicks(journal, range(1, 21))
        report = inspect_journal(tmp_path)
        assert {journal.journal} == {at.journal for at in report.segments}
        assert segment_numbers(tmp_path) == [at.number for at in report.segments]
        assert (journal.size, 20) == (report.size, report.clicks)
    assert report.intact
    first = datetime.fromtimestamp(sample_click(1).time_ns / 1e9, UTC)
    assert first == report.segments[0].first
    assert report.segments[0].last >= first  # type: ignore[operator]  # it has clicks


def test_empty_segment(tmp_path: Path) -> None:
    """A segment without clicks has no times."""
    with open_journal(tmp_path):
        pass
    (segment,) = inspect_journal(tmp_path).segments
    assert (
        segment.clicks,
        segment.first,
        segment.last,
        segment.damaged,
    ) == (0, None, None, ())


def test_damage_and_torn_tail(tmp_path: Path) -> None:
    """Damage is reported with its place; a torn tail is not damage."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1, 2, 3])
        size = (journal.end(journal.segments[0]) - HEADER_BYTES) // 3
    path = segment_file(tmp_path, 1)
    content = bytearray(path.read_bytes()[:-9])
    content[0] ^= 1
    content[HEADER_BYTES + 20] ^= 1
    path.write_bytes(content)
    report = inspect_journal(tmp_path)
    (segment,) = report.segments
    assert not report.intact
    assert (
        DamageReport(offset=0, length=HEADER_BYTES, reason="damaged header"),
        DamageReport(offset=HEADER_BYTES, length=size, reason="checksum mismatch"),
    ) == segment.damaged
    assert (1, size - 9) == (segment.clicks, segment.torn)


def test_what_was_set_aside(tmp_path: Path) -> None:
    """The files of damaged bytes are named."""
    with open_journal(tmp_path):
        pass
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "1-2.bin").write_bytes(b"")
    assert inspect_journal(tmp_path).set_aside == ("1-2.bin",)


def test_no_journal(tmp_path: Path) -> None:
    """A folder without a journal is reported by name."""
    with pytest.raises(JournalError, match=str(tmp_path)):
        inspect_journal(tmp_path)
