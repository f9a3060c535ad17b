"""Visitors take clicks together, and each gets an answer of their own."""

import asyncio
from collections.abc import Collection, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waypost.domain.errors import BackendUnavailable, DatabaseNotWritable
from waypost.services.visits import budgets as module
from waypost.services.visits.budgets import Budgets


class Store:
    """A store that can be held up, or fail."""

    def __init__(self, left: Mapping[int, int]) -> None:
        self.left = dict(left)
        self.taken: list[Mapping[int, int]] = []
        self.looked = 0
        self.open = asyncio.Event()
        self.open.set()
        self.failure: Exception | None = None

    async def take(self, wanted: Mapping[int, int]) -> Mapping[int, int]:
        """Take clicks."""
        self.taken.append(dict(wanted))
        await self.open.wait()
        if self.failure:
            raise self.failure
        given = {}
        for link_id, number in wanted.items():
            given[link_id] = min(number, self.left[link_id])
            self.left[link_id] -= given[link_id]
        return {link_id: number for link_id, number in given.items() if number}

    async def exhausted(self, ids: Collection[int]) -> frozenset[int]:
        """Look."""
        self.looked += 1
        await self.open.wait()
        return frozenset(link_id for link_id in ids if not self.left[link_id])


def visits(budgets: Budgets, *links: int) -> list[asyncio.Task[bool]]:
    """Have a person visit each of *links*, in this order."""
    return [
        asyncio.create_task(budgets.passes(link_id, 1, is_person=True))
        for link_id in links
    ]


async def turns() -> None:
    """Let everything that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_arrives_meanwhile_goes_together() -> None:
    """In the order in which they came, as many pass as clicks are left."""
    store = Store({1: 3, 2: 1})
    budgets = Budgets(store, wait_seconds=60)
    store.open.clear()
    first = visits(budgets, 1)
    await turns()
    others = visits(budgets, 1, 2, 1, 2, 1)
    await turns()
    store.open.set()
    assert await asyncio.gather(*first) == [True]
    assert await asyncio.gather(*others) == [True, True, True, False, False]
    assert store.taken == [{1: 1}, {1: 3, 2: 2}]
    assert store.left == {1: 0, 2: 0}


async def test_an_exhausted_link_asks_no_more() -> None:
    """Until it has changed: then it may have clicks again."""
    store = Store({1: 0})
    budgets = Budgets(store, wait_seconds=60)
    assert not await budgets.passes(1, 7, is_person=True)
    assert budgets.is_exhausted(1, 7)
    assert not await budgets.passes(1, 7, is_person=False)
    assert (len(store.taken), store.looked) == (1, 0)
    store.left[1] = 1
    assert not budgets.is_exhausted(1, 8)
    assert await budgets.passes(1, 8, is_person=True)
    assert not await budgets.passes(1, 8, is_person=True)


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The links that were found exhausted first are forgotten."""
    monkeypatch.setattr(module, "REMEMBERED", 2)
    budgets = Budgets(Store(dict.fromkeys(range(3), 0)), wait_seconds=60)
    for link_id in (0, 1, 0, 2):
        assert not await budgets.passes(link_id, link_id + 1, is_person=True)
    assert [budgets.is_exhausted(one, one + 1) for one in range(3)] == [
        False,
        True,
        True,
    ]


async def test_machines_only_look() -> None:
    """They pass as long as a click is left when those before have taken theirs."""
    store = Store({1: 1})
    budgets = Budgets(store, wait_seconds=60)
    assert await budgets.passes(1, 1, is_person=False)
    assert store.taken == []
    store.open.clear()
    held = visits(budgets, 1)
    await turns()
    machine = asyncio.create_task(budgets.passes(1, 1, is_person=False))
    store.open.set()
    assert await asyncio.gather(*held) == [True]
    assert not await machine


async def test_a_store_that_fails_lets_no_one_pass() -> None:
    """Each visitor gets the error, and the next ones ask again."""
    store = Store({1: 9})
    budgets = Budgets(store, wait_seconds=60)
    for failure in (DatabaseNotWritable("full"), RuntimeError("a fault")):
        store.failure = failure
        for outcome in await asyncio.gather(
            *visits(budgets, 1, 1), return_exceptions=True
        ):
            assert isinstance(outcome, type(failure))
            assert str(outcome) == str(failure)
    store.failure = None
    assert await budgets.passes(1, 1, is_person=True)


async def test_a_store_that_hangs() -> None:
    """No visitor waits longer than a store may take; those who left take nothing."""
    store = Store({1: 9})
    budgets = Budgets(store, wait_seconds=0.01)
    store.open.clear()
    outcomes = await asyncio.gather(*visits(budgets, 1, 1), return_exceptions=True)
    assert all(isinstance(one, BackendUnavailable) for one in outcomes)
    left = visits(budgets, 1)
    outcomes = await asyncio.gather(*left, return_exceptions=True)
    assert isinstance(outcomes[0], BackendUnavailable)
    store.open.set()
    await turns()
    assert store.left[1] + sum(one[1] for one in store.taken) == 9
    assert sum(one[1] for one in store.taken) <= 2


@settings(max_examples=50)
@given(
    left=st.integers(0, 12),
    visitors=st.lists(st.booleans(), max_size=30),
    most=st.integers(1, 5),
)
def test_never_one_too_many(left: int, visitors: list[bool], most: int) -> None:
    """Of any crowd, exactly as many people pass as there are clicks."""

    async def visit() -> list[bool]:
        budgets = Budgets(Store({1: left}), wait_seconds=60, batch=most)
        return await asyncio.gather(
            *(budgets.passes(1, 1, is_person=is_person) for is_person in visitors)
        )

    passed = asyncio.run(visit())
    people = [one for one, is_person in zip(passed, visitors, strict=True) if is_person]
    assert sum(people) == min(left, len(people))
    assert people == sorted(people, reverse=True)
