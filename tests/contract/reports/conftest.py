"""Every store of clicks, each empty and fresh."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.reports.stores import ClickStore
from waypost.adapters.columns.store import ClickStore as ColumnsStore
from waypost.adapters.columns.store import open_postgres, open_sqlite
from waypost.adapters.memory.clicks import MemoryClicks

STORES = {
    "memory": "memory_clicks",
    "sqlite": "sqlite_clicks",
    "postgres": "postgres_clicks",
    "clickhouse": "clickhouse_clicks",
}
"""The fixture that yields the store, by name. A new store is added here, with a fixture
below or in the conftest of the tests."""


@pytest.fixture
def memory_clicks() -> MemoryClicks:
    """Clicks in memory."""
    return MemoryClicks()


@pytest.fixture
async def sqlite_clicks(tmp_path: Path) -> AsyncIterator[ColumnsStore]:
    """Clicks as columns in a file."""
    async with await open_sqlite(
        tmp_path / "clicks.db", timeout_seconds=60, report_seconds=600
    ) as store:
        yield store


@pytest.fixture
async def postgres_clicks(migrated_postgres_url: str) -> AsyncIterator[ColumnsStore]:
    """Clicks as columns in a database of a server."""
    async with await open_postgres(
        migrated_postgres_url, timeout_seconds=60, report_seconds=600
    ) as store:
        yield store


@pytest.fixture(params=STORES)
def clicks(request: pytest.FixtureRequest) -> ClickStore:
    """A store of clicks, of every kind."""
    store: ClickStore = request.getfixturevalue(STORES[request.param])
    return store
