"""Stores whose lists are tables."""

import pytest

from waypost.adapters.sql.storage import SqlStorage


@pytest.fixture(params=["sqlite", "postgres"])
def sql(request: pytest.FixtureRequest) -> SqlStorage:
    """A store in a database."""
    name = "sql_storage" if request.param == "sqlite" else "postgres_storage"
    storage: SqlStorage = request.getfixturevalue(name)
    return storage
