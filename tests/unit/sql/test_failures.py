"""What the SQL store does when SQLite cannot."""

import asyncio
import gc
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.unit.sql.links import add, link
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import BackendUnavailable


def damage(path: Path) -> None:
    """Fill a file with what is not a database."""
    path.write_bytes(b"garbage " * 8_192)


@pytest.fixture
def intruder(database_file: Path) -> Iterator[sqlite3.Connection]:
    """Another program's connection, which holds the lock for writing."""
    with closing(sqlite3.connect(database_file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


@pytest.mark.slow
async def test_locked_database_refuses_writes(
    storage: SqlStorage, intruder: sqlite3.Connection
) -> None:
    """Writers are refused while another program holds the lock, and served after."""
    outcomes = await asyncio.gather(
        *(add(storage, link(number)) for number in range(5)), return_exceptions=True
    )
    assert [BackendUnavailable] * 5 == [type(outcome) for outcome in outcomes]
    intruder.execute("ROLLBACK")
    await add(storage, link(1))
    assert await storage.links.by_code("code1") == link(1)


async def test_locked_database_is_read(
    storage: SqlStorage, intruder: sqlite3.Connection
) -> None:
    """A writer does not block readers."""
    assert await storage.links.by_code("code1") is None
    await storage.ping()


async def test_brief_lock_is_waited_for(
    storage: SqlStorage, intruder: sqlite3.Connection
) -> None:
    """A lock that is released in time delays a write and does not refuse it."""
    adding = asyncio.create_task(add(storage, link(1)))
    await asyncio.sleep(0.02)
    intruder.execute("ROLLBACK")
    await adding
    assert await storage.links.by_code("code1") == link(1)


@pytest.mark.slow
async def test_waiting_for_a_lock_can_be_cancelled(
    storage: SqlStorage, intruder: sqlite3.Connection
) -> None:
    """A client that goes away during the wait takes nothing with it."""
    adding = asyncio.create_task(add(storage, link(1)))
    await asyncio.sleep(0.02)
    adding.cancel()
    await asyncio.wait([adding])
    intruder.execute("ROLLBACK")
    await add(storage, link(2))
    assert adding.cancelled()
    assert [link(2)] == [each.link for each in await storage.links.newest(limit=9)]


@pytest.mark.slow
async def test_failed_transaction_cannot_be_saved(
    storage: SqlStorage, intruder: sqlite3.Connection
) -> None:
    """After a failed statement, the next one is refused: there is no half commit."""

    async def ignore_failure() -> None:
        async with storage.transaction() as transaction:
            with pytest.raises(BackendUnavailable):
                await transaction.links.add([link(1)])
            intruder.execute("ROLLBACK")
            with pytest.raises(BackendUnavailable):
                await transaction.links.add([link(2)])

    with pytest.raises(BackendUnavailable):
        await ignore_failure()
    assert await storage.links.newest(limit=9) == []


@pytest.mark.slow
async def test_failure_is_logged_without_data(
    storage: SqlStorage, intruder: sqlite3.Connection
) -> None:
    """The log names SQLite's error; neither it nor the exception has the target."""
    with capture_logs() as logs, pytest.raises(BackendUnavailable) as refusal:
        await add(storage, link(1, target="https://secret.example/"))
    assert logs == [
        {
            "event": "database.failed",
            "log_level": "warning",
            "error": "SQLITE_BUSY",
            "reason": "database is locked",
        }
    ]
    assert "secret" not in f"{refusal.value!r} {refusal.value.__cause__}"


async def test_damaged_file_is_reported(
    storage: SqlStorage, database_file: Path
) -> None:
    """A file that turns into garbage is a refusal for readers, not a crash."""
    damage(database_file)
    with pytest.raises(BackendUnavailable):
        await storage.links.by_code("code1")
    with pytest.raises(BackendUnavailable):
        await storage.ping()


async def test_file_of_something_else_is_not_opened(tmp_path: Path) -> None:
    """Opening what is not a database is refused."""
    path = tmp_path / "waypost.db"
    damage(path)
    with pytest.raises(BackendUnavailable):
        await SqlStorage.open(f"sqlite:///{path}", timeout_seconds=60)


async def test_database_without_tables_is_reported(tmp_path: Path) -> None:
    """A database without a schema is refused."""
    (tmp_path / "empty.db").touch()
    storage = await SqlStorage.open(
        f"sqlite:///{tmp_path}/empty.db", timeout_seconds=60
    )
    with pytest.raises(BackendUnavailable):
        await storage.ping()
    await storage.aclose()


async def test_closed_store_refuses(storage: SqlStorage) -> None:
    """After closing, no caller waits for an answer that never comes."""
    await storage.aclose()
    with pytest.raises(BackendUnavailable):
        await storage.ping()
    with pytest.raises(BackendUnavailable):
        await add(storage, link(1))


async def test_closing_waits_for_the_transaction(
    storage: SqlStorage, database_url: str
) -> None:
    """A transaction that has begun is committed before the database closes."""
    async with storage.transaction() as transaction:
        await transaction.links.add([link(1)])
        closing_task = asyncio.create_task(storage.aclose())
        await asyncio.sleep(0.01)
        await transaction.links.add([link(2)])
    await closing_task
    reopened = await SqlStorage.open(database_url, timeout_seconds=60)
    assert len(await reopened.links.newest(limit=9)) == 2
    await reopened.aclose()


async def test_failure_that_no_caller_awaits(storage: SqlStorage) -> None:
    """A look-up whose visitor has left may fail without a word of asyncio's."""
    complaints: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    may_fail = threading.Event()

    def fail(_: object) -> None:
        may_fail.wait()
        raise ZeroDivisionError

    asking = asyncio.create_task(storage.database.read(fail))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    del asking
    may_fail.set()
    await storage.ping()
    gc.collect()
    assert complaints == []
