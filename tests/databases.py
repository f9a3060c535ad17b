"""Migrated, empty PostgreSQL databases: copied, because migrating takes longer."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from cluster.servers.postgres import new_database_name

from tests.servers import in_postgres
from waypost.adapters.sql import migrate


@pytest.fixture(scope="session")
def _migrated_template(_session_postgres: str) -> str:
    """The name of a migrated database that nobody is connected to."""
    name = new_database_name()
    in_postgres(_session_postgres, f'CREATE DATABASE "{name}"')
    migrate.upgrade(_url_of(_session_postgres, name))
    return name


@pytest.fixture
def migrated_postgres_url(
    _session_postgres: str, _migrated_template: str
) -> Iterator[str]:
    """URL of a migrated, empty PostgreSQL database that is this test's own."""
    name = new_database_name()
    in_postgres(
        _session_postgres, f'CREATE DATABASE "{name}" TEMPLATE "{_migrated_template}"'
    )
    yield _url_of(_session_postgres, name)
    in_postgres(_session_postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


def _url_of(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()
