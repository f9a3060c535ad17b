"""A full disk, a damaged or deleted file: all of a batch is stored, or none."""

import asyncio
import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.unit.columns.samples import DAY_START, click, random_clicks
from waypost.adapters.columns.drivers.sqlite import SqliteConnection
from waypost.adapters.columns.store import ClickStore, open_sqlite
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Breakdown,
    ClickQuery,
    Numbers,
    Order,
    Totals,
)
from waypost.domain.errors import (
    BackendUnavailable,
    DatabaseDamaged,
    DatabaseGone,
    DatabaseNotWritable,
    RangeTooLarge,
    Unusable,
)

ALWAYS = ClickQuery(start_ms=0, end_ms=2**42)
LATER = DAY_START + 10 * DAY_MS


async def clicks_in(store: ClickStore) -> int:
    """How many clicks the store has."""
    (found,) = (await store.ask(ALWAYS, [Totals()])).answers
    assert isinstance(found, Numbers)
    return found.clicks


def limit_file_size(limit: int) -> None:
    """Refuse files of this process that are larger."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))


async def add_until_full(store: ClickStore) -> int:
    """Add batches of 500 until one does not fit; return how many did."""
    for added in range(1_000):
        try:
            await store.add(random_clicks(added, 500, start=1_000 * added))
        except DatabaseNotWritable:
            return added
    pytest.fail("the file may grow without end")


async def keep_all(store: ClickStore) -> None:
    """Do all upkeep."""
    while await store.keep(now_ms=LATER):
        pass


async def _fill_up(path: Path) -> tuple[int, int, int]:
    async with await open_sqlite(path, timeout_seconds=60) as store:
        limit_file_size(1_500_000)
        added = await add_until_full(store)
        before = await clicks_in(store)
        with pytest.raises(BackendUnavailable):
            await keep_all(store)
        limit_file_size(resource.RLIM_INFINITY)
        assert await store.add(random_clicks(added, 500, start=1_000 * added)) == 500
        await keep_all(store)
        return 500 * added, before, await clicks_in(store)


def fill_up(path: Path) -> tuple[int, int, int]:
    """Add clicks until they do not fit, then give room; return three counts."""
    return asyncio.run(_fill_up(path))


@pytest.mark.slow
def test_a_full_disk_refuses_until_there_is_room(path: Path) -> None:
    """Exactly the acknowledged batches are stored, before and after."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        acknowledged, before, after = pool.submit(fill_up, path).result(300)
    assert acknowledged == before > 0
    assert after == acknowledged + 500


async def test_damage_is_reported_as_such(path: Path) -> None:
    """What cannot be decoded is damage: no wrong numbers, and advice that fits."""
    async with await open_sqlite(path, timeout_seconds=60) as store:
        await store.add(random_clicks(1, 100))
        while await store.keep(now_ms=LATER):
            pass
        connection = SqliteConnection(path, timeout_seconds=60)
        connection.run("UPDATE click_columns SET data = x'00' WHERE form IN (1, 2, 4)")
        connection.run("UPDATE click_rollups SET data = x'07'")
        connection.close()
        with pytest.raises(DatabaseDamaged):
            await clicks_in(store)
        by_agent = Breakdown(Dimension.AGENT, Order.PEOPLE, 3)
        with pytest.raises(DatabaseDamaged):
            await store.ask(ALWAYS, [by_agent])
        checks = [check async for check in store.verify()]
    assert checks != []
    assert not any(check.is_equal for check in checks)


def test_a_file_that_is_no_database_is_damaged(path: Path) -> None:
    """It is neither used nor replaced."""
    path.write_bytes(b"something else" * 1000)
    with pytest.raises(DatabaseDamaged):
        asyncio.run(open_sqlite(path, timeout_seconds=60))
    assert path.read_bytes() == b"something else" * 1000


async def test_a_deleted_file_is_not_written(path: Path) -> None:
    """Clicks in it would be lost when the process ends."""
    async with await open_sqlite(path, timeout_seconds=60) as store:
        assert await store.add([click(1)]) == 1
        await asyncio.to_thread(path.unlink)
        with pytest.raises(DatabaseGone):
            await store.add([click(2)])
        with pytest.raises(DatabaseGone):
            await clicks_in(store)


async def test_a_newer_schema_is_refused(path: Path) -> None:
    """An older release does not write what it does not understand."""
    async with await open_sqlite(path, timeout_seconds=60):
        pass
    connection = SqliteConnection(path, timeout_seconds=60)
    connection.run("UPDATE click_state SET value = 99 WHERE name = 'schema'")
    connection.close()
    with pytest.raises(Unusable, match="version 99"):
        await open_sqlite(path, timeout_seconds=60)


async def test_a_report_has_a_time_and_a_size(path: Path) -> None:
    """A report that takes too long, or would read too much, is refused."""
    async with await open_sqlite(path, timeout_seconds=60, report_seconds=0) as store:
        await store.add([click(1)])
        with pytest.raises(BackendUnavailable):
            await clicks_in(store)
    async with await open_sqlite(path, timeout_seconds=60, most_rows=99) as store:
        await store.add(random_clicks(1, 500))
        while await store.keep(now_ms=LATER):
            pass
        assert await clicks_in(store) == 501
        with pytest.raises(RangeTooLarge):
            await store.ask(ALWAYS, [Breakdown(Dimension.AGENT, Order.PEOPLE, 3)])
        with pytest.raises(RangeTooLarge):
            await store.clicks(ALWAYS, after=None, limit=10_000)
