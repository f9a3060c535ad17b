"""Stores in files of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from waypost.adapters.columns.store import ClickStore, open_sqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store may be."""
    return tmp_path / "clicks.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[ClickStore]:
    """An empty store."""
    async with await open_sqlite(path, timeout_seconds=60) as store:
        yield store
