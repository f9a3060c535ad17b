"""`waypost doctor` and the store that reports are made from."""

import asyncio
import time
from pathlib import Path

from tests.integration.cli.conftest import Command
from tests.integration.cli.database.test_backup import fill
from tests.integration.cli.database.test_clicks import opened
from tests.integration.cli.database.test_promote import FEW, sqlite
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
