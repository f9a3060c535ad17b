"""Every backend of every port, each empty and fresh."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.adapters.memory.secrets import MemorySecrets
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql import migrate
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.secrets import SqlSecrets
from waypost.adapters.sql.storage import SqlStorage
from waypost.ports.blocks import BlockSource
from waypost.ports.storage import InstanceSecrets, Storage


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database; copying it is faster than migrating again."""
    path = tmp_path_factory.mktemp("migrated") / "waypost.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_file(migrated_file: Path, tmp_path: Path) -> Path:
    """A migrated, empty database of this test's own."""
    return Path(shutil.copy(migrated_file, tmp_path / "waypost.db"))


@pytest.fixture
def database_url(database_file: Path) -> str:
    """The URL of `database_file`."""
    return f"sqlite:///{database_file}"


@pytest.fixture
async def sql_storage(database_url: str) -> AsyncIterator[SqlStorage]:
    """A store on SQLite that waits half a second for a locked database."""
    storage = await SqlStorage.open(database_url, timeout_seconds=0.5)
    yield storage
    await storage.aclose()


@pytest.fixture(params=["memory", "sqlite"])
def storage(request: pytest.FixtureRequest) -> Storage:
    """A store, of every kind."""
    if request.param == "memory":
        return MemoryStorage(timeout_seconds=0.5)
    sql: SqlStorage = request.getfixturevalue("sql_storage")
    return sql


@pytest.fixture(params=["memory", "sqlite"])
def blocks(request: pytest.FixtureRequest) -> BlockSource:
    """A source of blocks, of every kind."""
    if request.param == "memory":
        return MemoryBlocks()
    sql: SqlStorage = request.getfixturevalue("sql_storage")
    return SqlBlocks(sql.database, name="ids")


@pytest.fixture(params=["memory", "sqlite"])
def secrets(request: pytest.FixtureRequest) -> InstanceSecrets:
    """A keeper of secrets, of every kind."""
    if request.param == "memory":
        return MemorySecrets()
    sql: SqlStorage = request.getfixturevalue("sql_storage")
    return SqlSecrets(sql.database)
