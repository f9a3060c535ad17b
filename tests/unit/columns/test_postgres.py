"""Several processes add at once to one PostgreSQL database; one does the upkeep."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.contract.reports.stores import exported
from tests.unit.columns.samples import DAY_START, random_clicks
from waypost.adapters.columns.drivers.connection import many
from waypost.adapters.columns.drivers.postgres import PostgresConnection
from waypost.adapters.columns.store import ClickStore, open_postgres
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.analytics.questions import ClickQuery, Numbers, Totals
from waypost.domain.errors import BackendUnavailable

ALWAYS = ClickQuery(start_ms=0, end_ms=2**42)
BATCH = 100


async def add_all(
    store: ClickStore, clicks: Sequence[EnrichedClick], *, first: int
) -> int:
    """Add the batches, beginning with *first*; return how many clicks were new."""
    batches = [clicks[at : at + BATCH] for at in range(0, len(clicks), BATCH)]
    added = 0
    for batch in [*batches[first:], *batches[:first]]:
        added += await store.add(batch)
    return added


async def keep_on(store: ClickStore, adding: Sequence["asyncio.Task[int]"]) -> None:
    """Do upkeep while others add."""
    now_ms = DAY_START + 6 * DAY_MS
    while True:
        is_over = all(task.done() for task in adding)
        now_ms += 2 * 3_600_000
        while await store.keep(now_ms=now_ms):
            pass
        if is_over:
            return


async def test_each_click_is_stored_by_one_of_them(migrated_postgres_url: str) -> None:
    """All add the same clicks; the ids of values agree, and no deadlock occurs."""
    clicks = random_clicks(5, 2000)
    stores = [await open_postgres(migrated_postgres_url) for _ in range(3)]
    try:
        adding = [
            asyncio.create_task(add_all(store, clicks, first=5 * at))
            for at, store in enumerate(stores)
        ]
        await asyncio.gather(*(keep_on(store, adding) for store in stores[:2]))
        assert sum([await task for task in adding]) == len(clicks)
        found = await exported(stores[2], ALWAYS)
        assert sorted(found, key=str) == sorted(
            (click._replace(visitor=0) for click in clicks), key=str
        )
        checks = [check async for check in stores[0].verify()]
        assert [check.day for check in checks if not check.is_equal] == []
        assert len(checks) == 4
    finally:
        for store in stores:
            await store.aclose()


async def test_columns_of_few_chunks_are_found_by_the_index(
    migrated_postgres_url: str,
) -> None:
    """However many there are: reading them all for each column took most of a page."""
    async with await open_postgres(migrated_postgres_url) as store:
        await store.add(random_clicks(5, 10))

    def plan() -> str:
        connection = PostgresConnection(migrated_postgres_url, timeout_seconds=60)
        try:
            connection.run(
                "INSERT INTO click_columns (id, form, data) "
                "SELECT number, 1, 'x' FROM generate_series(1, 30000) AS number"
            )
            connection.run("ANALYZE click_columns")
            rows: list[tuple[str]] = connection.fetch(
                "EXPLAIN SELECT data FROM click_columns WHERE id IN {numbers}",
                many([1, 7, 20_000]),
            )
            return "\n".join(line for (line,) in rows)
        finally:
            connection.close()

    found = await asyncio.to_thread(plan)
    assert "click_columns_pkey" in found
    assert "Seq Scan" not in found


async def test_salts_are_the_same_for_all(migrated_postgres_url: str) -> None:
    """The first process makes it, the others find it."""
    stores = [await open_postgres(migrated_postgres_url) for _ in range(3)]
    try:
        salts = await asyncio.gather(*(store.salt(20_000) for store in stores))
        assert len(set(salts)) == 1
    finally:
        for store in stores:
            await store.aclose()


@pytest.mark.parametrize("port", [1])
async def test_a_server_that_is_away_is_unavailable(port: int) -> None:
    """The caller may try again."""
    with pytest.raises(BackendUnavailable):
        await open_postgres(f"postgresql://user@127.0.0.1:{port}/db")


async def test_a_connection_that_ends_is_replaced(migrated_postgres_url: str) -> None:
    """The job fails, and the next one has a new connection."""
    clicks = random_clicks(1, 100)
    async with await open_postgres(migrated_postgres_url) as store:
        await store.add(clicks[:50])
        async with await open_postgres(migrated_postgres_url) as other:
            await other._write.run(
                lambda connection: connection.fetch(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                    "application_name = 'waypost clicks' AND pid <> pg_backend_pid()"
                )
            )
        with pytest.raises(BackendUnavailable):
            await store.add(clicks)
        assert await store.add(clicks) == 50
        (found,) = (await store.ask(ALWAYS, [Totals()])).answers
        assert isinstance(found, Numbers)
        assert found.clicks == 100
