"""The tables: made once by any number of processes, and readable by other programs."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tests.clickhouse.fixtures import SECONDS, clicks_in
from tests.integration.clickhouse.made import (
    DAY,
    EVER,
    NOON,
    click,
    clicks_of,
    rows_in,
)
from waypost.adapters.clickhouse.client import Address, ClickHouse
from waypost.adapters.clickhouse.schema import (
    STEPS,
    ClickHouseUnusable,
    Tables,
    migrate,
    statements,
)
from waypost.adapters.clickhouse.store import ClickHouseClicks
from waypost.domain.analytics.dimensions import PLACES, Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Breakdown,
    ByValue,
    ClickQuery,
    Order,
)
from waypost.domain.errors import BackendUnavailable


async def run(address: Address, *sql: str) -> None:
    """Run statements on the server itself."""
    server = ClickHouse(address, timeout_seconds=SECONDS, max_rows_to_read=0)
    try:
        for each in sql:
            await server.run(each)
    finally:
        await server.aclose()


async def test_several_processes_make_the_tables_at_once(clickhouse: Address) -> None:
    """All of them find the tables of this release afterwards."""
    servers = [
        ClickHouse(clickhouse, timeout_seconds=SECONDS, max_rows_to_read=0)
        for _ in range(4)
    ]
    await asyncio.gather(*(migrate(server, Tables()) for server in servers))
    for server in servers:
        await server.aclose()
    found = await rows_in(clickhouse, "SELECT max(version) FROM waypost_schema")
    assert found == [(len(STEPS),)]


async def test_tables_of_a_newer_release_are_refused(
    clickhouse: Address, database_url: str
) -> None:
    """An older release would not know what their columns mean."""
    async with clicks_in(clickhouse, database_url) as store:
        await store.add(clicks_of(1, 3))
    await run(clickhouse, "INSERT INTO waypost_schema (version) SELECT 99")
    with pytest.raises(ClickHouseUnusable, match="newer release"):
        async with clicks_in(clickhouse, database_url):
            pass


async def test_rows_that_the_record_does_not_know_are_refused(
    clickhouse: Address, database_url: str, migrated_postgres_url: str
) -> None:
    """After a restore they would come again from the bus, and count twice."""
    async with clicks_in(clickhouse, database_url) as store:
        await store.add(clicks_of(1, 3))
    with pytest.raises(ClickHouseUnusable, match="DELETE WHERE block > 0"):
        async with clicks_in(clickhouse, migrated_postgres_url):
            pass


async def test_queries_of_the_reference_system(
    clickhouse: Address, clickhouse_clicks: ClickHouseClicks
) -> None:
    """Its columns are here under their names, and mean what they mean there."""
    await clickhouse_clicks.add([click(1), click(2), click(3, link_id=7)])
    assert await rows_in(
        clickhouse,
        "SELECT short_code, sum(delta) AS clicks FROM click_events "
        "WHERE event_time >= '2024-01-01 00:00:00' "
        "GROUP BY short_code ORDER BY clicks DESC",
    ) == [("code1", 2), ("code7", 1)]
    ((first,),) = await rows_in(clickhouse, "SELECT min(event_time) FROM click_events")
    assert isinstance(first, datetime)
    assert first.replace(tzinfo=UTC).timestamp() * 1_000 == DAY * DAY_MS + 1


async def test_programs_of_the_reference_system_can_insert(
    clickhouse: Address, clickhouse_clicks: ClickHouseClicks
) -> None:
    """The three columns that it writes are enough; reports read such rows as well."""
    await clickhouse_clicks.add([click(1)])
    await run(
        clickhouse,
        "INSERT INTO click_events (short_code, delta, event_time) "
        f"SELECT 'abc', 3, fromUnixTimestamp64Milli({NOON}, 'UTC')",
    )
    found = await rows_in(clickhouse, "SELECT sum(delta) FROM click_events")
    assert found == [(4,)]


@pytest.mark.parametrize("name", ["a b", "x'; DROP TABLE t", "", "{cluster}", "main-1"])
def test_names_of_clusters(name: str) -> None:
    """A name is part of statements, so it is checked."""
    if name in {"", "{cluster}", "main-1"}:
        assert Tables(name).cluster == name
    else:
        with pytest.raises(ClickHouseUnusable, match="CLICKHOUSE_CLUSTER"):
            Tables(name)


def test_statements_for_a_cluster() -> None:
    """Tables are replicated on each server, and distributed by link."""
    made = statements(Tables("main"))
    assert [line.split("(")[0].strip() for line in made] == [
        "CREATE TABLE IF NOT EXISTS click_events_local ON CLUSTER 'main'",
        "CREATE TABLE IF NOT EXISTS click_events ON CLUSTER 'main' AS "
        "click_events_local ENGINE = Distributed",
        "CREATE TABLE IF NOT EXISTS click_rollups_local ON CLUSTER 'main'",
        "CREATE TABLE IF NOT EXISTS click_rollups ON CLUSTER 'main' AS "
        "click_rollups_local ENGINE = Distributed",
        *(
            f"ALTER TABLE {table} ON CLUSTER 'main' "
            f"ADD COLUMN IF NOT EXISTS {column} LowCardinality"
            for table in ("click_events_local", "click_events")
            for column in ("rule", "variant")
        ),
        *["INSERT INTO click_rollups"] * 2,
    ]
    assert engines(made) == ["ReplicatedMergeTree", "ReplicatedMergeTree"]


def engines(made: Sequence[str]) -> list[str]:
    """Return the engines of the tables that hold rows."""
    return [
        sql.split("ENGINE = ")[1].split("(")[0] for sql in made if "ORDER BY" in sql
    ]


async def test_a_server_that_is_away(database_url: str) -> None:
    """Opening fails as any other backend does."""
    with pytest.raises(BackendUnavailable):
        async with clicks_in(Address(url="http://127.0.0.1:9"), database_url):
            pass


async def test_tables_without_rules_get_them(
    clickhouse: Address, database_url: str
) -> None:
    """Clicks of an older release have no variant; new ones have, in the same table."""
    async with clicks_in(clickhouse, database_url) as store:
        await store.add(clicks_of(1, 5))
        await store.keep(now_ms=NOON + 3 * DAY_MS)
    await run(
        clickhouse,
        "DELETE FROM click_rollups WHERE dim > 16 AND dim < 100",
        "ALTER TABLE click_events DROP COLUMN rule, DROP COLUMN variant",
        "DELETE FROM waypost_schema WHERE version > 1",
    )
    async with clicks_in(clickhouse, database_url) as store:
        new = click(9, day=DAY + 1)
        values = list(new.values)
        values[PLACES[Dimension.VARIANT]] = "b"
        await store.add([new._replace(values=tuple(values))])
        for query in (EVER, ClickQuery(start_ms=0, end_ms=(DAY + 1) * DAY_MS)):
            asked = [Breakdown(Dimension.VARIANT, Order.CLICKS, 9)]
            (found,) = (await store.ask(query, asked)).answers
            assert isinstance(found, ByValue)
            numbers = {one.value: one.numbers.clicks for one in found.listed}
            assert numbers == ({None: 5, "b": 1} if query is EVER else {None: 5})
