"""A store on SQLite."""

from collections.abc import AsyncIterator

import pytest

from waypost.adapters.sql.storage import SqlStorage


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[SqlStorage]:
    """A store that waits two seconds for a locked database."""
    storage = await SqlStorage.open(database_url, timeout_seconds=2)
    yield storage
    await storage.aclose()
