"""Every store of clicks, each empty and fresh."""

import pytest

from tests.contract.reports.stores import ClickStore
from waypost.adapters.memory.clicks import MemoryClicks

STORES = {"memory": "memory_clicks", "clickhouse": "clickhouse_clicks"}
"""The fixture that yields the store, by name. A new store is added here, with a fixture
below or in the conftest of the tests."""


@pytest.fixture
def memory_clicks() -> MemoryClicks:
    """Clicks in memory."""
    return MemoryClicks()


@pytest.fixture(params=STORES)
def clicks(request: pytest.FixtureRequest) -> ClickStore:
    """A store of clicks, of every kind."""
    store: ClickStore = request.getfixturevalue(STORES[request.param])
    return store
