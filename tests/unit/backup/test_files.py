"""The files of a data folder while its server writes and deletes them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from waypost.adapters.backup.files import HeldFiles
from waypost.adapters.backup.staging import (
    RestoreUnfinishedError,
    Staging,
    require_no_restore,
)


def segment(data_dir: Path, number: int, content: bytes = b"clicks") -> Path:
    """Write a segment."""
    path = data_dir / "journal" / f"{number:020d}.seg"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def held(tmp_path: Path) -> Iterator[HeldFiles]:
    """What is held of the test's folder."""
    with HeldFiles(tmp_path, names=("instance", "gone")) as files:
        yield files


def test_what_was_there_stays(tmp_path: Path, held: HeldFiles) -> None:
    """A deleted segment is still read, and one that has grown up to the last look."""
    first, second = segment(tmp_path, 1), segment(tmp_path, 2)
    (tmp_path / "instance").write_bytes(b"old")
    assert held.hold()
    first.unlink()
    second.write_bytes(b"clicks and clicks")
    segment(tmp_path, 3)
    (tmp_path / "instance").unlink()
    (tmp_path / "instance").write_bytes(b"new")
    assert held.hold()
    second.write_bytes(b"clicks and clicks and more")
    assert {name.rpartition("/")[2]: text for name, text in held.contents()} == {
        f"{1:020d}.seg": b"clicks",
        f"{2:020d}.seg": b"clicks and clicks",
        f"{3:020d}.seg": b"clicks",
        "instance": b"new",
    }


def test_a_segment_that_came_and_went(tmp_path: Path, held: HeldFiles) -> None:
    """Its clicks may be nowhere, so the backup must begin again."""
    segment(tmp_path, 7)
    assert held.hold()
    later = segment(tmp_path, 9)
    later.rename(later.with_name(f"{9:020d}-{'a' * 32}.seg"))
    assert not held.hold()


def test_what_belongs_to_running_processes_is_left_out(
    tmp_path: Path, held: HeldFiles
) -> None:
    """Locks, unfinished files, and which start of the machine it was."""
    journal = tmp_path / "journal"
    (journal / "damaged").mkdir(parents=True)
    for name in ("lock", "forward.lock", "boot", "next.tmp", "id", "damaged/1.bin"):
        (journal / name).write_bytes(b"x")
    held.hold()
    assert [name for name, _ in held.contents()] == [
        "journal/damaged/1.bin",
        "journal/id",
    ]


def restored(data_dir: Path, *, same: bool, **files: bytes) -> Path | None:
    """Restore *files* of a journal into a folder."""
    staging = Staging(data_dir)
    staging.begin()
    for name, content in files.items():
        staging.add(f"journal/{name.replace('_', '.')}", content)
    assert not staging.is_ready
    staging.mark_ready()
    with pytest.raises(RestoreUnfinishedError, match="`waypost restore` again"):
        require_no_restore(data_dir)
    aside = staging.finish(same=same)
    require_no_restore(data_dir)
    return aside


def test_journals_become_one(tmp_path: Path) -> None:
    """Of each segment the longer one stays; the rest is as it was."""
    journal = tmp_path / "journal"
    journal.mkdir()
    for name, content in {"1.seg": b"ab", "2.seg": b"abc", "id": b"x"}.items():
        (journal / name).write_bytes(content)
    backup = {"1_seg": b"abc", "2_seg": b"ab", "3_seg": b"a", "id": b"longer"}
    assert restored(tmp_path, same=True, **backup) is None
    assert {one.name: one.read_bytes() for one in journal.iterdir()} == {
        "1.seg": b"abc",
        "2.seg": b"abc",
        "3.seg": b"a",
        "id": b"x",
    }


def test_another_journal_is_moved_aside(tmp_path: Path) -> None:
    """Nothing of it is lost, and nothing is mixed."""
    segment(tmp_path, 1, b"theirs")
    aside = restored(tmp_path, same=False, id=b"ours")
    assert aside is not None
    assert [one.read_bytes() for one in aside.iterdir()] == [b"theirs"]
    journal = tmp_path / "journal"
    assert [one.read_bytes() for one in journal.iterdir()] == [b"ours"]
    assert restored(tmp_path, same=False, id=b"ours too") is None
