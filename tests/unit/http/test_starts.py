"""How many requests the application begins at a time."""

import asyncio

from waypost.http.connections.starts import STARTS_PER_TURN, Starts


async def turn() -> None:
    """Let the event loop turn once."""
    await asyncio.sleep(0)


async def test_each_turn_begins_a_few_in_order() -> None:
    """What is asked for together begins in order, some in each turn."""
    starts = Starts(loop=asyncio.get_running_loop())
    begun: list[int] = []
    for number in range(STARTS_PER_TURN * 3):
        starts.begin(lambda number=number: begun.append(number))  # type: ignore[misc]  # a default binds the loop's variable
    for turns in range(1, 4):
        assert begun == list(range(STARTS_PER_TURN * turns))
        await turn()


async def test_who_comes_alone_does_not_wait() -> None:
    """As long as there is room, a request begins at once, turn after turn."""
    starts = Starts(loop=asyncio.get_running_loop())
    begun: list[int] = []
    for number in range(10):
        starts.begin(lambda number=number: begun.append(number))  # type: ignore[misc]  # a default binds the loop's variable
        assert len(begun) == number + 1
        await turn()
        await turn()


async def test_newcomers_do_not_overtake() -> None:
    """A request of a later turn begins behind those that wait."""
    starts = Starts(loop=asyncio.get_running_loop())
    begun: list[str] = []
    for _ in range(STARTS_PER_TURN * 2):
        starts.begin(lambda: begun.append("early"))
    await turn()
    starts.begin(lambda: begun.append("late"))
    for _ in range(4):
        await turn()
    assert begun == ["early"] * STARTS_PER_TURN * 2 + ["late"]
