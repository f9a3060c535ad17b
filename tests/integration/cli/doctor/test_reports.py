"""`waypost doctor` and the store that reports are made from."""

import asyncio
import json
import time
from contextlib import aclosing
from pathlib import Path

from tests.integration.cli.conftest import Command
from tests.integration.cli.database.test_backup import fill
from tests.integration.cli.database.test_clicks import clicks, opened
from tests.integration.cli.database.test_promote import FEW, sqlite
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.ports.analytics.rows import Freshness


async def note(file: Path, *, as_of_ms: int) -> None:
    """Note that every click up to a moment is stored."""
    async with opened(file) as store:
        await store.add([], freshness=[Freshness(source="f", as_of_ms=as_of_ms)])


def test_how_late_reports_are(waypost: Command, database: Path) -> None:
    """Fresh is well; a day late is a note that says where to look."""
    asyncio.run(fill(sqlite(database), FEW))
    assert " reports: " not in waypost("doctor").stdout
    file = database.with_name("clicks.db")
    asyncio.run(note(file, as_of_ms=time.time_ns() // 1_000_000))
    assert (
        "ok       reports: They have every click up to 20" in waypost("doctor").stdout
    )
    asyncio.run(note(file, as_of_ms=1_750_000_000_000))
    assert "note     reports: They have every click up to 2025-06-15" in (
        waypost("doctor").stdout
    )


async def count_and_store(database: Path) -> None:
    """Store one of the clicks that `fill` has counted, and count two more."""
    storage = await SqlStorage.open(sqlite(database), timeout_seconds=60)
    async with aclosing(storage), storage.transaction() as transaction:
        gone = {"gone": {7: CountedSequences((SequenceRange(1, 2),))}}
        await transaction.clicks.add(clicks={}, counted=gone, positions={})
    async with opened(database.with_name("clicks.db")) as store:
        await store.add(clicks(3, 3))


def test_clicks_that_never_reached_reports(waypost: Command, database: Path) -> None:
    """How many there are, and why that can be; links and counts are well."""
    asyncio.run(fill(sqlite(database), FEW))
    asyncio.run(count_and_store(database))
    output = " ".join(waypost("doctor").stdout.split())
    assert (
        "note reports: 13 counted clicks not in them, 2 of these from journals of "
        "which none ever came." in output
    )
    verified = waypost("analytics", "verify", "--json")
    assert json.loads(verified.stdout)["counts"]["clicks_not_stored"] == 13


def test_a_damaged_store_of_clicks(waypost: Command, database: Path) -> None:
    """Links are well, reports are not, and what helps against damage is said."""
    asyncio.run(fill(sqlite(database), FEW))
    file = database.with_name("clicks.db")
    asyncio.run(note(file, as_of_ms=1))
    file.write_bytes(b"garbage".ljust(100, b"\0"))
    output = " ".join(waypost("doctor").stdout.split())
    assert "problem reports: The clicks of reports cannot be read." in output
    assert "restore a backup" in output
    assert "ok database: sqlite:" in output
