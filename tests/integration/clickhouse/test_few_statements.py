"""A page of reports takes few statements: each costs the server some milliseconds."""

from tests.clickhouse.server import ClickHouseServer
from tests.integration.clickhouse.made import DAY, clicks_of
from waypost.adapters.clickhouse.store import ClickHouseClicks
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Breakdown,
    ClickQuery,
    Order,
    Series,
    Totals,
)


async def test_breakdowns_share_a_statement(
    clickhouse_server: ClickHouseServer, clickhouse_clicks: ClickHouseClicks
) -> None:
    """Totals, the series, all that roll-ups have, and the agents, which they lack."""
    await clickhouse_clicks.add(clicks_of(1, 5))
    start, end = DAY * DAY_MS, (DAY + 1) * DAY_MS
    questions = [Breakdown(each, Order.PEOPLE, 10) for each in DIMENSIONS]
    before = clickhouse_server.statements()
    await clickhouse_clicks.ask(
        ClickQuery(start_ms=start, end_ms=end),
        [Totals(), Series((start, end)), *questions],
    )
    assert clickhouse_server.statements() - before == 4
