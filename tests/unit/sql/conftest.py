"""A migrated SQLite database, and a store on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from waypost.adapters.sql import migrate
from waypost.adapters.sql.storage import SqlStorage


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """A migrated, empty database."""
    path = tmp_path / "waypost.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_url(database_file: Path) -> str:
    """The URL of `database_file`."""
    return f"sqlite:///{database_file}"


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[SqlStorage]:
    """A store that waits a fifth of a second for a locked database."""
    storage = await SqlStorage.open(database_url, timeout_seconds=0.2)
    yield storage
    await storage.aclose()
