"""Leased ids in a file of the data folder."""

from pathlib import Path

from structlog.testing import capture_logs

from waypost.adapters.leased_file import LeasedFile, read_leased, write_leased
from waypost.domain.codes import IdBlock
from waypost.domain.leased_ids import LeasedIds


async def test_a_restart_knows_what_was_leased(tmp_path: Path) -> None:
    """What was added is read by the next process; touching blocks are one."""
    path = tmp_path / "leased"
    memory = LeasedFile(path, LeasedIds())
    for start in (1, 11, 101):
        await memory.add(IdBlock(start=start, end=start + 9))
    known = read_leased(path)
    assert known == memory.known
    assert known is not None
    assert known.blocks == (IdBlock(start=1, end=20), IdBlock(start=101, end=110))


def test_no_file_and_a_damaged_one(tmp_path: Path) -> None:
    """Neither says what was leased; the damaged one is logged."""
    path = tmp_path / "leased"
    assert read_leased(path) is None
    write_leased(path, LeasedIds())
    assert read_leased(path) == LeasedIds()
    for content in (b"{}", b'{"blocks": [[5, 4]]}', b"\xff", b""):
        path.write_bytes(content)
        with capture_logs() as logs:
            assert read_leased(path) is None
        assert [entry["event"] for entry in logs] == ["ids.file_damaged"]


async def test_a_disk_that_refuses_is_logged_once(tmp_path: Path) -> None:
    """Ids go on being leased; once the disk accepts, the file has all of them."""
    folder = tmp_path / "gone"
    memory = LeasedFile(folder / "leased", LeasedIds())
    with capture_logs() as logs:
        await memory.add(IdBlock(start=1, end=10))
        await memory.add(IdBlock(start=21, end=30))
    assert [entry["event"] for entry in logs] == ["ids.not_remembered"]
    folder.mkdir()
    await memory.add(IdBlock(start=11, end=20))
    known = read_leased(folder / "leased")
    assert known is not None
    assert known.blocks == (IdBlock(start=1, end=30),)
