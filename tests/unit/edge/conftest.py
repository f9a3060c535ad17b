"""A store and a shared cache that can be held, and processes over them."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from tests.unit.edge.backends import Gate, GatedCache, GatedStore
from tests.unit.edge.process import MakeProcess, Process


@pytest.fixture(autouse=True)
async def complaints() -> AsyncIterator[None]:
    """Fail where asyncio would log an exception that was never retrieved."""
    found: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: found.append(context))
    yield
    for _ in range(3):  # what ends with the test ends now
        await asyncio.sleep(0)
    gc.collect()  # asyncio complains of a task's error when the task is gone
    assert found == []


@pytest.fixture
def gate() -> Gate:
    """What holds the answers."""
    return Gate()


@pytest.fixture
def store(gate: Gate) -> GatedStore:
    """An empty store."""
    return GatedStore(gate)


@pytest.fixture
def cache(gate: Gate) -> GatedCache:
    """An empty shared cache."""
    return GatedCache(gate)


@pytest.fixture
async def process(store: GatedStore) -> AsyncIterator[MakeProcess]:
    """Make processes, whose look-ups end with the test."""
    made: list[Process] = []

    def make(cache: GatedCache | None = None, *, timeout: float = 5) -> Process:
        made.append(Process(store, cache, timeout=timeout))
        return made[-1]

    yield make
    for each in made:
        await each.lookups.aclose()
