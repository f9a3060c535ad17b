"""`waypost demo`: fills the stores of the settings, completes, and deletes again."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from tests.integration.cli.conftest import Command, Outcome
from waypost.adapters.columns.store import open_sqlite
from waypost.adapters.journal.files.folder import hold_lock
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.analytics.questions import (
    ByLink,
    ClickQuery,
    Numbers,
    Order,
    TopLinks,
    Totals,
)

PERIOD = ("--days", "6", "--until", "2026-01-31")
SIZE = ("--links", "30", "--clicks", "3000")
LAST_DAY = 20_484
ALL = ClickQuery(start_ms=0, end_ms=2**42)


def made(outcome: Outcome) -> dict[str, object]:
    """What the command says that there is now."""
    assert outcome.code == 0, outcome.stderr
    record: dict[str, object] = json.loads(outcome.stdout)["demo"]
    return record


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    """What a query finds."""
    with sqlite3.connect(database) as connection:
        return connection.execute(query).fetchall()


def tables(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that matters of both databases."""
    found = {
        name: rows(folder / "waypost.db", f"SELECT * FROM {name} ORDER BY 1, 2")
        for name in ("links", "click_counts", "counted_clicks", "instance_secrets")
    }
    found["outbox"] = rows(folder / "waypost.db", "SELECT * FROM outbox")
    for name in ("values", "ranges", "visitors", "rollups", "salts", "new_values"):
        query = f"SELECT * FROM click_{name} ORDER BY 1, 2"
        found[name] = rows(folder / "clicks.db", query)
    found["days"] = rows(folder / "clicks.db", "SELECT day, rows FROM click_days")
    query = "SELECT day, rows FROM click_chunks ORDER BY day"
    found["chunks"] = rows(folder / "clicks.db", query)
    return found


def real_click(sequence: int) -> EnrichedClick:
    """A click of a server, on a day of the demonstration or later."""
    values = ("CH", None, None, "phone") + (None,) * (len(DIMENSIONS) - 4)
    time_ms = (LAST_DAY - 2 + sequence) * DAY_MS
    return EnrichedClick("server", 0, sequence, 900_000, time_ms, 77, values)


async def add_real_clicks(path: Path) -> None:
    """Have the store hold clicks of a server."""
    async with await open_sqlite(path, timeout_seconds=60) as store:
        await store.add([real_click(sequence) for sequence in range(1, 5)])
        while await store.keep(now_ms=time.time_ns() // 1_000_000):
            pass


async def check_numbers(folder: Path, clicks: int) -> None:
    """See that reports and counts agree, link by link."""
    async with await open_sqlite(folder / "clicks.db", timeout_seconds=60) as store:
        whole, by_link = (
            await store.ask(ALL, [Totals(), TopLinks(Order.CLICKS, 100)])
        ).answers
    assert isinstance(whole, Numbers)
    assert whole.clicks == clicks
    assert isinstance(by_link, ByLink)
    found = {each.link_id: each.numbers.clicks for each in by_link.listed}
    counted = rows(folder / "waypost.db", "SELECT link_id, clicks FROM click_counts")
    assert found.items() == set(counted)


def test_counts_and_reports_agree(waypost: Command, tmp_path: Path) -> None:
    """The folder is made, and a second run adds nothing."""
    outcome = waypost("demo", *SIZE, *PERIOD)
    assert outcome.stdout.startswith(
        "There are 30 links with 3,000 clicks from 2026-01-26 to 2026-01-31.\n"
    )
    assert "waypost report" in outcome.stdout
    folder = tmp_path / "data"
    asyncio.run(check_numbers(folder, 3000))
    before = tables(folder)
    again = made(waypost("demo", "--json"))
    assert (again["links"], again["until"]) == (30, "2026-01-31")
    assert tables(folder) == before
    assert waypost("links").stdout.count("waypost-demo.example") == 20


def test_the_same_seed_gives_the_same_rows(waypost: Command, tmp_path: Path) -> None:
    """Byte for byte, in two folders."""
    chunks = []
    for name in ("one", "two"):
        folder = tmp_path / name
        made(waypost("demo", *SIZE, *PERIOD, "--json", DATA_DIR=str(folder)))
        chunks.append(rows(folder / "clicks.db", "SELECT * FROM click_columns"))
    assert chunks[0] == chunks[1]


def test_removed_without_a_trace(
    waypost: Command, database: Path, tmp_path: Path
) -> None:
    """What servers have stored stays as it was."""
    made(waypost("demo", "--links", "1", "--clicks", "0", *PERIOD, "--json"))
    assert waypost("demo", "--remove").code == 0
    folder = database.parent
    asyncio.run(add_real_clicks(folder / "clicks.db"))
    before = tables(folder)
    made(waypost("demo", *SIZE, *PERIOD, "--json"))
    assert tables(folder) != before
    outcome = waypost("demo", "--remove")
    assert outcome.stdout == (
        "Deleted 30 links with 3,000 clicks from 2026-01-26 to 2026-01-31.\n"
    )
    assert tables(folder) == before
    assert waypost("demo", "--remove").stdout == "There is no demonstration.\n"


def test_another_demonstration_is_refused(waypost: Command) -> None:
    """Until the first is deleted."""
    made(waypost("demo", *SIZE, *PERIOD, "--json"))
    outcome = waypost("demo", "--seed", "2")
    assert outcome.code == 1
    assert "with --seed 1 already" in outcome.stderr
    assert "waypost demo --remove" in outcome.stderr


def test_a_day_that_is_not_over_is_refused(waypost: Command) -> None:
    """Its clicks would lie in the future."""
    outcome = waypost("demo", "--until", "2999-01-01")
    assert outcome.code == 1
    assert "is not over yet" in outcome.stderr


def test_refused_beside_a_server(waypost: Command, database: Path) -> None:
    """It would write the store of clicks at the same time."""
    with hold_lock(database.parent / "journal"):
        for arguments in ((), ("--remove",)):
            outcome = waypost("demo", *arguments)
            assert outcome.code == 1
            assert "A server uses the data folder" in outcome.stderr
            assert "Stop it" in outcome.stderr


def test_refused_without_a_store(waypost: Command) -> None:
    """Where clicks are not kept, or nothing is."""
    outcome = waypost("demo", REPORTS="false")
    assert (outcome.code, "Set REPORTS=true" in outcome.stderr) == (2, True)
    outcome = waypost("demo", DATABASE_URL="memory://")
    assert (outcome.code, "memory://" in outcome.stderr) == (2, True)


@pytest.mark.slow
def test_completed_and_removed_after_a_kill(
    waypost: Command, database: Path, clean: None
) -> None:
    """At any moment: nothing is missing, and nothing is there twice."""
    folder = database.parent
    made(waypost("demo", "--links", "1", "--clicks", "0", *PERIOD, "--json"))
    assert waypost("demo", "--remove").code == 0
    before = tables(folder)
    size = ("--links", "40", "--clicks", "9000", "--days", "60")
    for is_completed in (True, False):
        command = [sys.executable, "-m", "waypost", "demo", *size]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ)
        try:
            while not rows(database, "SELECT * FROM counted_clicks"):
                assert process.poll() is None
                time.sleep(0.01)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        if is_completed:
            made(waypost("demo", "--json"))
            asyncio.run(check_numbers(folder, 9000))
        assert waypost("demo", "--remove").code == 0
        assert tables(folder) == before


def test_on_postgres(waypost: Command, migrated_postgres_url: str) -> None:
    """The same, and without a trace but for the texts: servers may know their ids."""
    url = migrated_postgres_url
    for _ in range(2):
        made(waypost("demo", *SIZE, *PERIOD, "--json", DATABASE_URL=url))
    assert number(url, "SELECT sum(clicks) FROM click_counts") == 3000
    assert number(url, "SELECT sum(rows) FROM click_days") == 3000
    assert number(url, "SELECT count(*) FROM links") == 30
    assert waypost("demo", "--remove", DATABASE_URL=url).code == 0
    for table in (
        *("links", "click_counts", "counted_clicks", "click_columns"),
        *("click_rollups", "click_days", "click_visitors", "click_ranges"),
    ):
        assert number(url, f"SELECT count(*) FROM {table}") == 0, table
    # Each link that caches may know is made known as deleted.
    assert number(url, "SELECT count(*) FROM outbox") == 30


def number(url: str, query: str) -> int:
    """What a query finds in a database of PostgreSQL."""

    async def ask() -> int:
        connection = await asyncpg.connect(url)
        try:
            return int(await connection.fetchval(query))
        finally:
            await connection.close()

    return asyncio.run(ask())
