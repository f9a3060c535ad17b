"""Migrated, empty databases: copied, because migrating takes longer."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cluster.servers.postgres import new_database_name

from tests.servers import in_postgres, new_database
from waypost.adapters.sql import migrate


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database that no process has open."""
    path = tmp_path_factory.mktemp("migrated") / "waypost.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_file(_migrated_file: Path, tmp_path: Path) -> Path:
    """A migrated, empty SQLite database that is this test's own."""
    return Path(shutil.copy(_migrated_file, tmp_path / "waypost.db"))


@pytest.fixture
def database_url(database_file: Path) -> str:
    """The URL of `database_file`."""
    return f"sqlite:///{database_file}"


@pytest.fixture(scope="session")
def _migrated_template(_session_postgres: str) -> str:
    """The name of a migrated database without connections."""
    name = new_database_name()
    in_postgres(_session_postgres, f'CREATE DATABASE "{name}"')
    migrate.upgrade(_url_of(_session_postgres, name))
    return name


@pytest.fixture
def migrated_postgres_url(
    _session_postgres: str, _migrated_template: str
) -> Iterator[str]:
    """URL of a migrated, empty PostgreSQL database that is this test's own."""
    with new_database(_session_postgres, template=_migrated_template) as url:
        yield url


def _url_of(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()
