"""Whether a journal keeps clicks: what takes that away, what gives it back."""

import errno
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.unit.journal.samples import (
    open_journal,
    read_all,
    segment_numbers,
    write_clicks,
)
from waypost.adapters.journal.files.folder import JournalFolder
from waypost.adapters.journal.reading.source import FolderSource, JournalSource
from waypost.adapters.journal.writing import room
from waypost.adapters.journal.writing.watch import JournalWatch
from waypost.domain.errors import BackendUnavailable
from waypost.telemetry.metrics import Metrics


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond *size* bytes meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def _problem(watch: JournalWatch) -> str | None:
    """Return the name of the error that keeps clicks from being kept, if any does."""
    try:
        await watch.check()
    except BackendUnavailable as error:
        return errno.errorcode[getattr(error.__cause__, "errno", 0)]
    return None


async def _links_on_disk(folder: Path) -> list[int]:
    clicks, damaged = await read_all(FolderSource(folder, metrics=Metrics()))
    assert damaged == []
    return [click.click.link_id for click in clicks]


async def test_well(tmp_path: Path) -> None:
    """A journal that is used as it should be is well, and looking changes nothing."""
    with open_journal(tmp_path) as journal, capture_logs() as logs:
        watch = JournalWatch(journal)
        for _ in range(3):
            write_clicks(journal, [1])
            assert await _problem(watch) is None
        assert segment_numbers(tmp_path) == [1]
    assert logs == []


async def test_refused_write(tmp_path: Path) -> None:
    """After a refused write clicks go to a new segment, and the journal is well."""
    with open_journal(tmp_path) as journal:
        watch = JournalWatch(journal)
        with _files_of_at_most(1_000):
            write_clicks(journal, range(1, 11))
            kept = await _links_on_disk(tmp_path)
        assert 0 < len(kept) < 10
        assert await _problem(watch) is None
        write_clicks(journal, [11])
        assert await _links_on_disk(tmp_path) == [*kept, 11]
        assert segment_numbers(tmp_path) == [1, 2]
        assert await _problem(watch) is None
        assert segment_numbers(tmp_path) == [1, 2]


async def test_no_room_for_a_segment(tmp_path: Path) -> None:
    """While not even a segment can be begun the journal is not well; it recovers."""
    with capture_logs() as logs, _files_of_at_most(300), open_journal(tmp_path) as held:
        watch = JournalWatch(held)
        for _ in range(3):
            assert await _problem(watch) == "ENOSPC"
        with _files_of_at_most(10_000):
            pass
        resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, resource.RLIM_INFINITY))
        assert await _problem(watch) is None
        write_clicks(held, [1])
        assert await _links_on_disk(tmp_path) == [1]
    assert [entry["event"] for entry in logs] == [
        "journal.unhealthy",
        "journal.healthy",
    ]


async def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with hardly any room is reported before a click is dropped."""
    with open_journal(tmp_path) as journal:
        watch = JournalWatch(journal)
        with monkeypatch.context() as patch:
            patch.setattr(room, "MIN_FREE_BYTES", 2**62)
            assert await _problem(watch) == "ENOSPC"
        assert await _problem(watch) is None


async def test_bound_is_reached(tmp_path: Path) -> None:
    """At JOURNAL_MAX_MEGABYTES the journal is not well until clicks are counted."""
    with open_journal(tmp_path, segment_bytes=50_000, max_bytes=100_000) as journal:
        watch, source = JournalWatch(journal), JournalSource(journal, metrics=Metrics())
        assert await _problem(watch) is None
        write_clicks(journal, range(1, 400))
        assert await _problem(watch) == "EDQUOT"
        end = (await source.read(None, limit=10_000)).position
        await source.release(end)
        assert journal.size < 100_000 - 2**16
        assert await _problem(watch) is None


async def test_removed_segment(tmp_path: Path) -> None:
    """The active segment is deleted: the next click is on the disk all the same."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1])
        journal.segments[-1].path.unlink()
        assert await _problem(JournalWatch(journal)) is None
        write_clicks(journal, [2])
        assert await _links_on_disk(tmp_path) == [2]


async def test_removed_folder(tmp_path: Path) -> None:
    """The folder is deleted: it is made again, and is this process's alone."""
    folder = tmp_path / "journal"
    with open_journal(folder) as journal, capture_logs() as logs:
        write_clicks(journal, [1])
        shutil.rmtree(folder)
        watch = JournalWatch(journal)
        assert await _problem(watch) is None
        assert await _problem(watch) is None
        write_clicks(journal, [2])
        assert await _links_on_disk(folder) == [2]
        with pytest.raises(Exception, match=f"in use by process {os.getpid()}"):
            JournalFolder.claim(folder)
    assert [entry["event"] for entry in logs] == ["journal.folder_lost"]


async def test_replaced_folder(tmp_path: Path) -> None:
    """Above the segments of a folder that was put there, numbers go on."""
    folder, other = tmp_path / "journal", tmp_path / "other"
    with open_journal(other, segment_bytes=1_000) as elsewhere:
        write_clicks(elsewhere, range(100, 120))
        numbers = segment_numbers(other)
    with open_journal(folder) as journal:
        write_clicks(journal, [1])
        folder.rename(tmp_path / "aside")
        other.rename(folder)
        assert await _problem(JournalWatch(journal)) is None
        write_clicks(journal, [2])
        assert await _links_on_disk(folder) == [*range(100, 120), 2]
        assert segment_numbers(folder) == [*numbers, numbers[-1] + 1]


async def test_folder_that_is_held(tmp_path: Path) -> None:
    """Another process has the new folder: not well, but what was recorded counts."""
    folder = tmp_path / "journal"
    with open_journal(folder) as journal:
        source = JournalSource(journal, metrics=Metrics())
        start = (await source.read(None, limit=1)).position
        write_clicks(journal, [1])
        folder.rename(tmp_path / "aside")
        other = JournalFolder.claim(folder)
        watch = JournalWatch(journal)
        assert await _problem(watch) == "EAGAIN"
        write_clicks(journal, [2])
        sums = source.take(start)
        assert sums
        assert sums.clicks == {1: 1, 2: 1}
        other.release()
        assert await _problem(watch) is None
