"""A store and a shared cache that can be held, and processes over them."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.edge.backends import Gate, GatedCache, GatedStore
from tests.unit.edge.process import MakeProcess, Process


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
