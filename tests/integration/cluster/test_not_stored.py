"""What the chaos run asks of `waypost analytics verify`."""

from contextlib import aclosing
from pathlib import Path

import pytest
from cluster.chaos.checks import not_stored

from waypost.adapters.columns.store import open_postgres
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.sequences import CountedSequences


@pytest.mark.slow
async def test_counted_clicks_that_are_not_stored(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    """Their number, from a process of its own."""
    async with await open_postgres(
        migrated_postgres_url, timeout_seconds=60, report_seconds=600
    ):
        """Make the tables."""
    storage = await SqlStorage.open(migrated_postgres_url, timeout_seconds=60)
    async with aclosing(storage), storage.transaction() as transaction:
        counted = {"j": {0: CountedSequences().adding(range(1, 8))}}
        await transaction.clicks.add(clicks={}, counted=counted, positions={})
    settings = {"DATABASE_URL": migrated_postgres_url}
    assert await not_stored(settings, folder=tmp_path) == 7
