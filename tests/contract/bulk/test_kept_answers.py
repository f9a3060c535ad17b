"""What every store promises about first answers to requests."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage
from waypost.ports.bulk.answers import KeptAnswer

Store = MemoryStorage | SqlStorage
NOW: Final = datetime(2026, 11, 27, tzinfo=UTC)
DAY: Final = timedelta(days=1)


def answer(name: str, text: str = '{"a":"\\u0000\\"ü"}') -> KeptAnswer:
    """Return an answer."""
    return KeptAnswer(name=name, digest="d", answer=text)


async def add(
    storage: Store, answers: Sequence[KeptAnswer], *, at: datetime = NOW
) -> frozenset[str]:
    """Keep *answers* in a transaction of their own."""
    async with storage.transaction() as transaction:
        return await transaction.answers.add(answers, at=at)


async def test_the_first_answer_stays(storage: Store) -> None:
    """A later one of the same name is not kept, nor a second one of one transaction."""
    assert await add(storage, [answer("b"), answer("a"), answer("a", "x")]) == {
        "a",
        "b",
    }
    assert await add(storage, [answer("a", "x"), answer("c")]) == {"c"}
    found = [await storage.answers.by_name(name, now=NOW) for name in "abcd"]
    assert found == [answer("a"), answer("b"), answer("c"), None]


async def test_a_day_later_it_is_over(storage: Store) -> None:
    """It is not found any more, and another one takes its place."""
    await add(storage, [answer("a")])
    almost = NOW + DAY - timedelta(seconds=1)
    assert await storage.answers.by_name("a", now=almost) == answer("a")
    assert await add(storage, [answer("a", "x")], at=almost) == frozenset()
    assert await storage.answers.by_name("a", now=NOW + DAY) is None
    assert await add(storage, [answer("a", "x")], at=NOW + DAY) == {"a"}
    assert await storage.answers.by_name("a", now=NOW + DAY) == answer("a", "x")


async def test_it_goes_with_its_transaction(storage: Store) -> None:
    """What is rolled back, or removed before the commit, is not kept."""

    async def fail() -> None:
        async with storage.transaction() as transaction:
            await transaction.answers.add([answer("a")], at=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with storage.transaction() as transaction:
        await transaction.answers.add([answer("b"), answer("c")], at=NOW)
        await transaction.answers.remove(["b"])
    found = [await storage.answers.by_name(name, now=NOW) for name in "abc"]
    assert found == [None, None, answer("c")]


async def test_old_ones_are_forgotten(storage: Store) -> None:
    """The oldest ones first, some at a time, and no younger ones."""
    for number in range(4):
        await add(storage, [answer(str(number))], at=NOW + timedelta(hours=number))
    before = NOW + timedelta(hours=2)
    forgotten = []
    for _ in range(3):
        async with storage.transaction() as transaction:
            forgotten.append(await transaction.answers.forget(before=before, limit=2))
    assert forgotten == [2, 1, 0]
    found = [await storage.answers.by_name(str(n), now=before) for n in range(4)]
    assert found == [None, None, None, answer("3")]


async def test_of_two_at_once_one_is_first(storage: Store) -> None:
    """The second one waits for the first one's transaction, and then is not kept."""
    first = storage.transaction()
    transaction = await first.__aenter__()
    assert await transaction.answers.add([answer("a")], at=NOW) == {"a"}
    second = asyncio.create_task(add(storage, [answer("a", "x")]))
    await asyncio.sleep(0.05)
    assert not second.done()
    await first.__aexit__(None, None, None)
    assert await second == frozenset()
