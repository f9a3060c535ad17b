"""Who changes the same thing waits for those before, and not for ever."""

import asyncio

import pytest

from waypost.domain.errors import BackendUnavailable
from waypost.services.requests.turns import Turns

ORDERS = [("one", "two"), ("two", "one", "two")]


async def test_only_the_same_waits() -> None:
    """Another name is free, and so is this one once it is left or the wait is over."""
    turns = Turns(wait_seconds=0.01)
    async with turns.of("one"):
        async with turns.of("two"):
            pass
        with pytest.raises(BackendUnavailable):
            async with turns.of("one"):
                pass
    async with turns.of("one"):
        pass


async def test_many_names_in_any_order() -> None:
    """Changes of the same things wait for each other, and each is made."""
    turns, inside, most = Turns(), 0, 0

    async def change(*names: str) -> None:
        nonlocal inside, most
        async with turns.of(*names):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(change(*names) for names in ORDERS * 5))
    assert (inside, most) == (0, 1)


async def test_a_client_that_goes_away_is_not_waited_for() -> None:
    """One that has closed its connection while it waited blocks no other."""
    turns = Turns()

    async def take() -> None:
        async with turns.of("one"):
            pass

    async with turns.of("one"):
        waiting = asyncio.create_task(take())
        await asyncio.sleep(0)
        waiting.cancel()
    await take()
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()
