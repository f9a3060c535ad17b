"""The clicks of reports in backups, restores and moves."""

import asyncio
import sqlite3
import tarfile
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Command
from tests.integration.cli.database.test_backup import fill, ok, rows
from tests.integration.cli.database.test_promote import FEW, sqlite
from waypost.adapters.columns.schema import BACKED_UP
from waypost.adapters.columns.store import ClickStore, open_postgres, open_sqlite
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.clicks import JournalPosition
from waypost.ports.analytics.rows import Freshness

NOON_MS = 20_000 * DAY_MS + DAY_MS // 2


def clicks(first: int, last: int, *, day: int = 0) -> list[EnrichedClick]:
    """Return clicks whose sequences are from *first* to *last*."""
    return [
        EnrichedClick(
            journal="j",
            lane=number % 3,
            sequence=number,
            link_id=number % 7 + 1,
            time_ms=NOON_MS + day * DAY_MS + number,
            visitor=number % 11 * 2**59,
            values=(f"v{number % 5}\u00e4", *(None,) * (len(DIMENSIONS) - 1)),
        )
        for number in range(first, last + 1)
    ]


@asynccontextmanager
async def opened(place: Path | str) -> AsyncIterator[ClickStore]:
    """Open the store in a file, or in a database of PostgreSQL."""
    opening = open_sqlite(place) if isinstance(place, Path) else open_postgres(place)
    async with aclosing(await opening) as store:
        yield store


async def add(place: Path | str, some: Sequence[EnrichedClick], *, end: int = 1) -> int:
    """Store clicks, as the reader of the journal `j` does."""
    async with opened(place) as store:
        return await store.add(
            some,
            positions={"j": JournalPosition(end, 2**33)},
            freshness=[Freshness(source="folder", as_of_ms=NOON_MS)],
        )


async def store_some(place: Path | str) -> bytes:
    """Store clicks of a sealed day and of an open one; return the salt of a day."""
    await add(place, clicks(1, 500))
    async with opened(place) as store:
        while await store.keep(now_ms=NOON_MS + DAY_MS):
            pass
        salt = await store.salt(20_001)
    assert salt is not None
    await add(place, clicks(501, 600, day=1))
    return salt


def of_clicks(found: dict[str, bytes]) -> dict[str, bytes]:
    """Return the rows of clicks alone."""
    return {
        name: lines for name, lines in found.items() if name.split("/")[1] in BACKED_UP
    }


@pytest.mark.slow
def test_there_and_back(
    waypost: Command, database: Path, tmp_path: Path, migrated_postgres_url: str
) -> None:
    """Clicks survive, from SQLite to PostgreSQL and back, and none is stored twice."""
    asyncio.run(fill(sqlite(database), FEW))
    file, postgres = database.with_name("clicks.db"), migrated_postgres_url
    asyncio.run(store_some(file))
    before = rows(waypost, tmp_path)
    assert {name.split("/")[1] for name in of_clicks(before)} > {
        "click_tail",
        "click_columns",
        "click_rollups",
    }
    asyncio.run(add(postgres, clicks(9_000, 9_100)))
    backup = tmp_path / "backup.tar.gz"
    ok(waypost("backup", str(backup)))
    ok(waypost("restore", str(backup), "--replace", DATABASE_URL=postgres))
    assert rows(waypost, tmp_path, postgres) == before
    assert asyncio.run(add(postgres, clicks(401, 601))) == 1
    ok(waypost("backup", str(tmp_path / "back.tar.gz"), DATABASE_URL=postgres))
    back = ("restore", str(tmp_path / "back.tar.gz"), "--replace")
    there = of_clicks(rows(waypost, tmp_path, postgres))
    ok(waypost(*back))
    assert of_clicks(rows(waypost, tmp_path)) == there
    assert asyncio.run(add(file, clicks(401, 602))) == 1


def test_salts_stay_behind(waypost: Command, database: Path, tmp_path: Path) -> None:
    """A backup must not keep what ends 48 hours after its day; all else is in it."""
    asyncio.run(fill(sqlite(database), FEW))
    file = database.with_name("clicks.db")
    salt = asyncio.run(store_some(file))
    backup = tmp_path / "backup.tar.gz"
    ok(waypost("backup", str(backup)))
    with tarfile.open(backup) as archive:
        names = archive.getnames()
        content = b"".join(
            archive.extractfile(name).read()  # type: ignore[union-attr]  # a file
            for name in names
        )
    assert salt not in content
    with closing(sqlite3.connect(file)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
    assert {name for (name,) in tables} == {*BACKED_UP, "click_salts"}
    ok(waypost("restore", str(backup), "--replace"))
    assert asyncio.run(new_salt(file)) != salt


async def new_salt(file: Path) -> bytes | None:
    """Return the salt of the day as it is now."""
    async with opened(file) as store:
        return await store.salt(20_001)


def test_a_backup_without_clicks(
    waypost: Command, database: Path, tmp_path: Path
) -> None:
    """What is restored is what was there then, and clicks can be stored again."""
    asyncio.run(fill(sqlite(database), FEW))
    backup = tmp_path / "backup.tar.gz"
    ok(waypost("backup", str(backup)))
    file = database.with_name("clicks.db")
    asyncio.run(store_some(file))
    ok(waypost("restore", str(backup), "--replace"))
    assert asyncio.run(add(file, clicks(1, 600))) == 600


@pytest.mark.slow
def test_clicks_are_moved(
    waypost: Command, database: Path, tmp_path: Path, postgres_url: str
) -> None:
    """`waypost promote` takes them along: the same rows, and the same positions."""
    asyncio.run(fill(sqlite(database), FEW))
    asyncio.run(store_some(database.with_name("clicks.db")))
    before = of_clicks(rows(waypost, tmp_path))
    ok(waypost("promote", "--to", postgres_url))
    assert of_clicks(rows(waypost, tmp_path, postgres_url)) == before
    assert asyncio.run(add(postgres_url, clicks(401, 601))) == 1
