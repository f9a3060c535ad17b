"""What every store promises about the clicks that links with `max_clicks` have left."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import TypeAlias

import pytest

from tests.contract.stored import add, change, deleted, link, with_options
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions

BudgetStorage: TypeAlias = MemoryStorage | SqlStorage


def limited(number: int, most: int | None) -> Link:
    """Return a link that lets *most* people pass."""
    options = LinkOptions(max_clicks=most, title="t")
    return replace(link(number, version=2), options=options)


async def spent(storage: BudgetStorage, number: int) -> int:
    """Return how many clicks of a link are spent."""
    counted = await storage.links.counted(f"code{number}")
    assert counted is not None
    return counted.spent


async def test_no_more_is_given_than_is_left(storage: BudgetStorage) -> None:
    """Each click is given once, until none is left."""
    await add(storage, limited(1, 5), limited(2, 1), link(3))
    assert await storage.budgets.take({1: 3, 2: 1}) == {1: 3, 2: 1}
    assert await storage.budgets.take({1: 3, 2: 1}) == {1: 2, 2: 0}
    assert await storage.budgets.take({1: 1}) == {1: 0}
    assert await storage.budgets.exhausted([1, 2]) == {1, 2}
    assert (await spent(storage, 1), await spent(storage, 2)) == (5, 1)
    assert await spent(storage, 3) == 0


async def test_a_link_that_there_is_not(storage: BudgetStorage) -> None:
    """It gives nothing."""
    assert (await storage.budgets.take({9: 1})).get(9, 0) == 0


async def test_the_limit_is_changed(storage: BudgetStorage) -> None:
    """More are let pass, or fewer; what is spent stays, also without a limit."""
    first = limited(1, 2)
    await add(storage, first)
    await storage.budgets.take({1: 2})
    link_now, total = first, 2
    for most, given in ((5, 3), (4, 0), (None, 9), (7, 2), (7, 0)):
        options = LinkOptions(max_clicks=most, title=f"{link_now.version}")
        link_now = with_options(link_now, options)
        assert await change(storage, link_now)
        assert await storage.budgets.take({1: 9}) == {1: given}
        total += given if most else 0
        assert await spent(storage, 1) == total
        exhausted = await storage.budgets.exhausted([1])
        assert exhausted == (frozenset() if most is None else {1})
    counted = await storage.links.counted("code1")
    assert counted is not None
    assert counted.clicks_left == 0


async def test_a_limit_that_comes_later(storage: BudgetStorage) -> None:
    """Visitors of before are not counted; a refused change changes no limit."""
    await add(storage, link(1))
    changed = with_options(link(1), LinkOptions(max_clicks=3))
    assert not await change(storage, replace(changed, version=7))
    assert await change(storage, changed)
    assert not await change(storage, changed)
    assert await change(storage, deleted(changed))
    counted = await storage.links.counted("code1")
    assert counted is not None
    assert (counted.clicks_left, counted.spent) == (3, 0)


async def test_a_refused_link_changes_no_limit(storage: BudgetStorage) -> None:
    """Neither one whose id nor one whose code belongs to another link."""
    await add(storage, limited(1, 5), limited(2, 5))
    refused = await add(
        storage, limited(1, 9), replace(limited(3, 9), code="code2"), limited(4, 9)
    )
    assert refused == {1, 3}
    assert await storage.budgets.take({1: 9, 2: 9, 4: 10}) == {1: 5, 2: 5, 4: 9}


@pytest.mark.parametrize("seed", range(3))
async def test_as_a_plain_number(storage: BudgetStorage, seed: int) -> None:
    """In any order of takes and changes, a link gives what a number would."""
    random = Random(seed)
    links = {number: limited(number, random.choice((1, 3))) for number in (1, 2)}
    await add(storage, *links.values())
    model: dict[int, int] = dict.fromkeys(links, 0)

    def left(number: int) -> int | None:
        most = links[number].options.max_clicks
        return None if most is None else max(0, most - model[number])

    for turn in range(40):
        number = random.choice((1, 2))
        if random.random() < 0.3:
            options = LinkOptions(
                max_clicks=random.choice((1, 5, 20, None)), title=f"{turn}"
            )
            links[number] = with_options(links[number], options)
            assert await change(storage, links[number])
            continue
        wanted = {each: random.randrange(1, 4) for each in (1, 2)}
        taken = await storage.budgets.take(wanted)
        for each, many in wanted.items():
            room = left(each)
            assert taken[each] == (many if room is None else min(many, room))
            model[each] += 0 if room is None else taken[each]
        assert await storage.budgets.exhausted([1, 2]) == {
            each for each in links if left(each) == 0
        }
        assert {each: await spent(storage, each) for each in links} == model


async def test_many_take_at_once(storage: BudgetStorage) -> None:
    """However they meet, exactly as many clicks are given as there are."""
    await add(storage, limited(1, 50), limited(2, 70))

    async def take(worker: int) -> list[Mapping[int, int]]:
        order = (1, 2) if worker % 2 else (2, 1)
        return [await storage.budgets.take(dict.fromkeys(order, 3)) for _ in range(5)]

    taken = [
        each for some in await asyncio.gather(*map(take, range(8))) for each in some
    ]
    assert sum(each[1] for each in taken) == 50
    assert sum(each[2] for each in taken) == 70
