"""Clicks of sealed days, what of them is in an archive, and locks that have ended."""

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from tests.integration.api.reports.stored import click
from tests.unit.sql.links import add, link
from waypost.adapters.columns.store import open_postgres, open_sqlite
from waypost.adapters.sql.storage import SqlStorage

DAYS = 5
PER_DAY = 300
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


async def fill(database: str, clicks: Path | None, *, days: int = DAYS) -> None:
    """Store clicks of some days long ago, sealed."""
    storage = await SqlStorage.open(database, timeout_seconds=60)
    await add(storage, link(1))
    await storage.aclose()
    opening = open_sqlite(clicks) if clicks else open_postgres(database)
    async with await opening as store:
        for day in range(days):
            at = FIRST + timedelta(days=day, hours=1)
            await store.add(
                [
                    click(day * PER_DAY + n, at=at, agent="curl/8.5.0")
                    for n in range(PER_DAY)
                ]
            )
        while await store.keep(now_ms=time.time_ns() // 1_000_000):
            pass


def archived(folder: Path) -> int:
    """Check all manifests in *folder*; return how many clicks its files have."""
    for path in folder.glob("*.json"):
        manifest = json.loads(path.read_text())
        content = (folder / manifest["file"]).read_bytes()
        assert manifest["bytes"] == len(content)
        assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    found = duckdb.execute(
        "SELECT count(DISTINCT id) FROM read_parquet(?)", [str(folder / "*.parquet")]
    ).fetchone()
    assert found is not None
    count: int = found[0]
    return count


async def end_locks(data: Path) -> None:
    """End the locks of the database in *data*, as if a minute had passed."""
    url = f"sqlite:///{data}/waypost.db"
    storage = await SqlStorage.open(url, timeout_seconds=60)
    async with storage.database.transaction() as transaction:
        await transaction.run(
            lambda connection: connection.exec_driver_sql(
                "UPDATE leaderships SET expires_ms = 0"
            )
        )
    await storage.aclose()
