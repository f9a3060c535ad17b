"""A page of reports takes few statements: each costs the server some milliseconds."""

from tests.clickhouse.server import ClickHouseServer
from tests.integration.clickhouse.made import DAY, clicks_of
from waypost.adapters.clickhouse.store import ClickHouseClicks
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Breakdown,
    ByValue,
    ClickQuery,
    Filter,
    Numbers,
    Order,
    Series,
    Totals,
)


async def test_breakdowns_share_a_statement(
    clickhouse_server: ClickHouseServer, clickhouse_clicks: ClickHouseClicks
) -> None:
    """The series, all that roll-ups have with totals, and agents, which they lack."""
    await clickhouse_clicks.add(clicks_of(1, 5))
    start, end = DAY * DAY_MS, (DAY + 1) * DAY_MS
    questions = [Breakdown(each, Order.PEOPLE, 10) for each in DIMENSIONS]
    before = clickhouse_server.statements()
    await clickhouse_clicks.ask(
        ClickQuery(start_ms=start, end_ms=end),
        [Totals(), Series((start, end)), *questions],
    )
    assert clickhouse_server.statements() - before == 3


async def test_a_filtered_breakdown_has_the_totals(
    clickhouse_server: ClickHouseServer, clickhouse_clicks: ClickHouseClicks
) -> None:
    """One scan of the rows is enough for both."""
    await clickhouse_clicks.add(clicks_of(1, 5))
    before = clickhouse_server.statements()
    (answer,) = (
        await clickhouse_clicks.ask(
            _filtered(), [Breakdown(Dimension.BROWSER, Order.PEOPLE, 10)]
        )
    ).answers
    assert clickhouse_server.statements() - before == 1
    assert isinstance(answer, ByValue)
    assert answer.whole.clicks == 5


async def test_no_moments_are_read_where_every_day_is_in_one_interval(
    clickhouse_server: ClickHouseServer, clickhouse_clicks: ClickHouseClicks
) -> None:
    """They are the most expensive column; days are enough for totals and UTC days."""
    await clickhouse_clicks.add(clicks_of(1, 5))
    clickhouse_server.refuse("event_time", 500)
    start, end = DAY * DAY_MS, (DAY + 1) * DAY_MS
    totals, series = (
        await clickhouse_clicks.ask(_filtered(), [Totals(), Series((start, end))])
    ).answers
    assert isinstance(totals, Numbers)
    assert series == (totals,)
    assert totals.clicks == 5


def _filtered() -> ClickQuery:
    return ClickQuery(
        start_ms=DAY * DAY_MS,
        end_ms=(DAY + 1) * DAY_MS,
        filters=(Filter(dimension=Dimension.COUNTRY, values=frozenset({"CH"})),),
    )
