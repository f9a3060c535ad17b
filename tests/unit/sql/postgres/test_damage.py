"""What the SQL store says of a PostgreSQL database whose files are damaged."""

import pytest
from structlog.testing import capture_logs

from tests.servers import FreshPostgres
from tests.unit.sql.links import add, link
from waypost.adapters.sql import migrate
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import DatabaseDamaged

pytestmark = pytest.mark.slow


async def test_a_damaged_table(fresh_postgres: FreshPostgres) -> None:
    """A table that the server cannot read is damage, and not an outage."""
    server = fresh_postgres()
    migrate.upgrade(server.url)
    storage = await SqlStorage.open(server.url, timeout_seconds=5)
    await add(storage, link(1))
    path = await storage.database.read(
        lambda connection: connection.exec_driver_sql(
            "SELECT pg_relation_filepath('links')"
        ).scalar_one()
    )
    await storage.aclose()
    server.stop()
    (server.folder / "data" / path).write_bytes(b"garbage " * 1_024)
    server.start()

    storage = await SqlStorage.open(server.url, timeout_seconds=5)
    with capture_logs() as logs, pytest.raises(DatabaseDamaged):
        await storage.links.newest(limit=1)
    with pytest.raises(DatabaseDamaged):
        await storage.ping()
    await storage.aclose()

    assert logs[0]["log_level"] == "error"
    assert "waypost restore" in logs[0]["advice"]
