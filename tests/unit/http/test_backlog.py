"""How the connections with much to parse share a turn of the event loop."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from waypost.http.connections.backlog import PIECES_PER_TURN, Backlog


class Flood:
    """A connection that has *left* turns' worth of requests to be parsed."""

    def __init__(self, backlog: Backlog, *, left: int = 1) -> None:
        self._backlog = backlog
        self._left = left
        self.shares: list[int] = []

    def go_on(self, pieces: int) -> None:
        """Parse *pieces* more, and wait again if some are left."""
        self.shares.append(pieces)
        self._left -= 1
        if self._left:
            self._backlog.join(self)


async def turn() -> None:
    """Let the event loop turn once."""
    await asyncio.sleep(0)


@pytest.fixture
async def backlog() -> Backlog:
    """Return the backlog of a server."""
    return Backlog(loop=asyncio.get_running_loop())


async def test_one_alone_has_the_whole_turn(backlog: Backlog) -> None:
    """It goes on once in each turn, for as long as something is left."""
    flood = Flood(backlog, left=3)
    backlog.join(flood)
    for turns in range(1, 4):
        await turn()
        assert flood.shares == [PIECES_PER_TURN] * turns
    await turn()
    assert len(flood.shares) == 3


class CountingLoop:
    """The running loop, which counts what it is asked to call."""

    def __init__(self) -> None:
        self.calls = 0

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call *callback* in the next turn."""
        self.calls += 1
        asyncio.get_running_loop().call_soon(callback)


async def test_an_empty_backlog_rests() -> None:
    """Once no connection waits, nothing is called: an idle server is not busy."""
    loop = CountingLoop()
    backlog = Backlog(loop=cast(asyncio.AbstractEventLoop, loop))
    backlog.join(Flood(backlog, left=2))
    for _ in range(10):
        await turn()
    assert loop.calls == 2


async def test_some_share_a_turn(backlog: Backlog) -> None:
    """Each has as much as the others."""
    floods = [Flood(backlog, left=2) for _ in range(4)]
    for flood in floods:
        backlog.join(flood)
        backlog.join(flood)  # a waiting connection joins only once
    await turn()
    assert [flood.shares for flood in floods] == [[PIECES_PER_TURN // 4]] * 4


async def test_many_take_turns(backlog: Backlog) -> None:
    """More than have room in a turn go on in the next ones, in their order."""
    floods = [Flood(backlog) for _ in range(PIECES_PER_TURN * 2 + 1)]
    for flood in floods[:-1]:
        backlog.join(flood)
    await turn()
    backlog.join(floods[-1])  # it came last, and does not make the next turn longer
    for turns in (1, 2):
        shares = [flood.shares for flood in floods]
        assert shares.count([1]) == PIECES_PER_TURN * turns
        assert shares.index([]) == PIECES_PER_TURN * turns
        await turn()
    assert floods[-1].shares == [PIECES_PER_TURN]
