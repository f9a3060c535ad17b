"""A database's file that was deleted, replaced, or has no room left."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.unit.sql.links import add, link
from waypost.adapters.sql.sqlite.file import DatabaseFile
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import DatabaseGone, DatabaseNotWritable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file, with a write-ahead log beside it."""
    (tmp_path / "a.db").touch()
    (tmp_path / "a.db-wal").touch()
    return tmp_path / "a.db"


@pytest.mark.parametrize("name", ["a.db", "a.db-wal"])
def test_what_is_taken_away(path: Path, name: str) -> None:
    """A file that is gone, or is another one, is noticed, and forgiven once back."""
    file = DatabaseFile(path)
    file.check()
    taken = path.with_name(name)
    taken.rename(path.with_name("away"))
    with pytest.raises(DatabaseGone):
        file.check()
    taken.touch()
    with pytest.raises(DatabaseGone):
        file.check()
    path.with_name("away").replace(taken)
    file.check()


def test_another_log_after_closing(path: Path) -> None:
    """SQLite itself removes the log when the last connection is closed."""
    file = DatabaseFile(path)
    file.check()
    path.with_name("a.db-wal").unlink()
    file.forget_log()
    file.check()
    path.with_name("a.db-wal").touch()
    file.check()


@pytest.mark.parametrize(("free", "is_enough"), [(999_999, False), (1_000_000, True)])
def test_room(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, free: int, is_enough: bool
) -> None:
    """Less than a megabyte on the disk is too little."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    if is_enough:
        DatabaseFile(path).check_room()
    else:
        with pytest.raises(DatabaseNotWritable):
            DatabaseFile(path).check_room()


async def test_a_failed_write_brings_no_false_alarm(storage: SqlStorage) -> None:
    """A writer that connects anew after a failure finds its own file."""
    await storage.ping()
    with pytest.raises(ZeroDivisionError):
        async with storage.database.transaction() as transaction:
            await transaction.run(lambda _: 1 // 0)
    await storage.ping()
    await add(storage, link(1))
    await storage.ping()


async def test_a_missing_file_is_not_made_anew(
    storage: SqlStorage, database_file: Path
) -> None:
    """Neither reading nor writing makes an empty file where there was a database."""
    for path in database_file.parent.glob(f"{database_file.name}*"):
        path.unlink()
    with pytest.raises(DatabaseGone):
        await storage.ping()
    with pytest.raises(DatabaseGone):
        await storage.links.by_code("code1")
    with pytest.raises(DatabaseGone):
        await add(storage, link(1))
    assert not list(database_file.parent.glob(f"{database_file.name}*"))
