"""What every store promises about calls that may be sent again."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage
from waypost.ports.bulk.results import CallName, DoneBatch

CALL: Final = CallName("key:1", "load-1")
NOW: Final = datetime(2026, 11, 27, tzinfo=UTC)


def batch(first: int, *, items: int = 10) -> DoneBatch:
    """Return a batch of a call."""
    return DoneBatch(first=first, items=items, digest="d", results=b"\x00\xff")


async def add(
    storage: MemoryStorage | SqlStorage,
    one: DoneBatch,
    *,
    call: CallName = CALL,
    at: datetime = NOW,
) -> bool:
    """Store *one* in a transaction of its own."""
    async with storage.transaction() as transaction:
        return await transaction.done_batches.add(call, one, at=at)


async def test_the_next_one_is_found(storage: MemoryStorage | SqlStorage) -> None:
    """By the items from which on it is asked for, of this call alone."""
    for one in (batch(20), batch(0), batch(10)):
        assert await add(storage, one)
    await add(storage, batch(30), call=CallName("key:2", "load-1"))
    await add(storage, batch(30), call=CallName("key:1", "load-2"))
    found = [await storage.done_batches.next_done(CALL, first=n) for n in (0, 1, 20)]
    assert found == [batch(0), batch(10), batch(20)]
    assert await storage.done_batches.next_done(CALL, first=21) is None


async def test_one_is_stored_once(storage: MemoryStorage | SqlStorage) -> None:
    """The second one is not stored, and the first one stays."""
    assert await add(storage, batch(0))
    assert not await add(storage, batch(0, items=3))
    assert await storage.done_batches.next_done(CALL, first=0) == batch(0)


async def test_one_waits_for_its_commit(storage: MemoryStorage | SqlStorage) -> None:
    """What is rolled back was not done."""

    async def fail() -> None:
        async with storage.transaction() as transaction:
            await transaction.done_batches.add(CALL, batch(0), at=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await storage.done_batches.next_done(CALL, first=0) is None


async def test_old_ones_go_with_the_next_call(
    storage: MemoryStorage | SqlStorage,
) -> None:
    """After a day."""
    await add(storage, batch(0))
    await add(storage, batch(10), at=NOW + timedelta(hours=2))
    other = CallName("key:1", "load-2")
    await add(storage, batch(0), call=other, at=NOW + timedelta(hours=25))
    assert await storage.done_batches.next_done(CALL, first=0) == batch(10)
