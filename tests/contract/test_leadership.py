"""One process at a time holds a leadership that is kept in the database."""

import asyncio

from waypost.adapters.sql.leadership import SqlLeadership
from waypost.adapters.sql.storage import SqlStorage


async def test_one_holds_it_until_it_resigns(database_url: str) -> None:
    """Another one gets it once it is given up, and not before."""
    one_side = await SqlStorage.open(database_url, timeout_seconds=60)
    other_side = await SqlStorage.open(database_url, timeout_seconds=60)
    one = SqlLeadership(one_side.database, name="job", lifetime_seconds=600)
    other = SqlLeadership(other_side.database, name="job", lifetime_seconds=600)
    unrelated = SqlLeadership(other_side.database, name="else", lifetime_seconds=600)
    assert await one.hold()
    assert await one.hold()
    assert not await other.hold()
    assert await unrelated.hold()
    await other.resign()
    assert not await other.hold()
    await one.resign()
    assert await other.hold()
    await one_side.aclose()
    await other_side.aclose()


async def test_one_of_many_gets_it(database_url: str) -> None:
    """Twenty that ask at the same time: one has it."""
    storage = await SqlStorage.open(database_url, timeout_seconds=60)
    all_ = [
        SqlLeadership(storage.database, name="job", lifetime_seconds=600)
        for _ in range(20)
    ]
    assert sum(await asyncio.gather(*(each.hold() for each in all_))) == 1
    await storage.aclose()


async def test_a_dead_holder_is_replaced(database_url: str) -> None:
    """A leadership that is not renewed ends by itself, and is not got back."""
    storage = await SqlStorage.open(database_url, timeout_seconds=60)
    dead = SqlLeadership(storage.database, name="job", lifetime_seconds=0.001)
    heir = SqlLeadership(storage.database, name="job", lifetime_seconds=600)
    assert await dead.hold()
    while not await heir.hold():
        pass
    assert not await dead.hold()
    await storage.aclose()
