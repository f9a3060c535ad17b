"""Waits double up to a bound, begin anew after a success, and end with their event."""

import asyncio

import pytest

from tests.unit.services.pauses import assert_doubling
from waypost.services.backoff import Backoff, pause


@pytest.mark.parametrize("first", [0.05, 0.2, 1.0, 60.0])
def test_waits(first: float) -> None:
    """However many failures there are, nobody waits for longer than five seconds."""
    backoff = Backoff(first)
    assert_doubling([backoff.failed() for _ in range(2_000)], first=first)
    assert backoff.failures == 2_000
    backoff.succeeded()
    assert backoff.failures == 0
    assert_doubling([backoff.failed() for _ in range(3)], first=first)


def test_waits_differ() -> None:
    """Processes that failed together do not come back together."""
    waits = {Backoff(1.0).failed() for _ in range(20)}
    assert len(waits) > 10


async def test_pause() -> None:
    """It ends when its event comes, before or meanwhile, or when its time is over."""
    event = asyncio.Event()
    await pause(event, 0.001)
    waiting = asyncio.create_task(pause(event, 1_000))
    await asyncio.sleep(0)
    assert not waiting.done()
    event.set()
    await waiting
    await pause(event, 1_000)
