"""Names of segments: whose clicks they hold, and what cannot be one."""

from pathlib import Path

import pytest

from tests.unit.journal.samples import (
    open_journal,
    read_all,
    segment_file,
    segment_numbers,
    write_clicks,
)
from waypost.adapters.journal.files.folder import JournalError
from waypost.adapters.journal.files.segments import MAX_NUMBER, list_segments
from waypost.adapters.journal.reading.source import FolderSource
from waypost.telemetry.metrics import Metrics

ID = "b" * 32


def _with_old_names(folder: Path) -> str:
    """Rename the segments as older releases did; return their journal's id."""
    with open_journal(folder, segment_bytes=1_000) as journal:
        write_clicks(journal, range(1, 11))
    for segment in list_segments(folder):
        segment.path.rename(folder / f"{segment.number:020d}.seg")
    (folder / "id").write_text(f"{journal.journal}\n")
    (folder / "boot").write_text("boot\n")
    return journal.journal


def _damage_header(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damaged", [0, 1, 2])
@pytest.mark.parametrize("has_id", [True, False])
async def test_old_names(tmp_path: Path, damaged: int, *, has_id: bool) -> None:
    """The header says whose clicks follow; else the file `id`, or another header."""
    journal = _with_old_names(tmp_path)
    for number in segment_numbers(tmp_path)[:damaged]:
        _damage_header(segment_file(tmp_path, number))
    if not has_id:
        (tmp_path / "id").unlink()
    assert {segment.journal for segment in list_segments(tmp_path)} == {journal}
    clicks, _ = await read_all(FolderSource(tmp_path, metrics=Metrics()))
    assert len(clicks) == 10


def test_old_files_go_with_the_last_old_segment(tmp_path: Path) -> None:
    """An older release that is put back would go on with an id that has ended."""
    _with_old_names(tmp_path)
    with open_journal(tmp_path):
        assert (tmp_path / "id").exists()
    for number in segment_numbers(tmp_path):
        segment_file(tmp_path, number).unlink()
    with open_journal(tmp_path):
        assert not (tmp_path / "id").exists()
        assert not (tmp_path / "boot").exists()


@pytest.mark.parametrize(
    "name",
    [
        f"{10**20 - 1}.seg",
        f"{MAX_NUMBER + 1:020d}-{ID}.seg",
        f"{1:020d}-{ID}.seg",
        f"{7:020d}.seg",
    ],
)
async def test_strange_entries(tmp_path: Path, name: str) -> None:
    """What has a segment's name and is none is refused by name, and never read."""
    with open_journal(tmp_path) as journal:
        write_clicks(journal, [1])
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(JournalError, match=name), open_journal(tmp_path):
        pass
    if name.startswith(f"{1:020d}"):
        return
    assert segment_numbers(tmp_path) == [1]
    clicks, _ = await read_all(FolderSource(tmp_path, metrics=Metrics()))
    assert len(clicks) == 1


def test_folder_with_a_segments_name(tmp_path: Path) -> None:
    """A folder is not a segment, under any name."""
    with open_journal(tmp_path):
        pass
    (tmp_path / f"{2:020d}-{ID}.seg").mkdir()
    with pytest.raises(JournalError, match="Move it"), open_journal(tmp_path):
        pass
    assert segment_numbers(tmp_path) == [1]


def test_highest_number(tmp_path: Path) -> None:
    """The highest number is a segment's, and the next one is not begun beyond it."""
    (tmp_path / f"{MAX_NUMBER:020d}-{ID}.seg").write_bytes(b"")
    with pytest.raises(JournalError, match=str(MAX_NUMBER)), open_journal(tmp_path):
        pass


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    """Files with other names are ignored."""
    names = ["1.seg", f"{1:020d}.seg.bak", "notes.txt", f"{1:020d}-{ID}.tmp"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    with open_journal(tmp_path):
        assert segment_numbers(tmp_path) == [1]
    assert {*names} < {path.name for path in tmp_path.iterdir()}
