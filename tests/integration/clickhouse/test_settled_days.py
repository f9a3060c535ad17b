"""Of days that are sealed, blocks' numbers are not read, and answers are of one moment.

A click that comes late to such a day while a report is made has it made again.
"""

import asyncio

from tests.clickhouse.fixtures import SECONDS
from tests.clickhouse.server import ClickHouseServer
from tests.integration.clickhouse.made import DAY, clicks_of
from waypost.adapters.clickhouse.store import ClickHouseClicks
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Breakdown,
    ByValue,
    ClickQuery,
    Filter,
    Order,
    Series,
)

_BY_BROWSER = Breakdown(Dimension.BROWSER, Order.PEOPLE, 10)
_DAYS = Series((DAY * DAY_MS, (DAY + 1) * DAY_MS))
_FILTERED = ClickQuery(
    start_ms=DAY * DAY_MS,
    end_ms=(DAY + 1) * DAY_MS,
    filters=(Filter(dimension=Dimension.COUNTRY, values=frozenset({"CH"})),),
)


async def test_a_late_click_to_a_sealed_day_is_in_all_answers_or_in_none(
    clickhouse_server: ClickHouseServer, clickhouse_clicks: ClickHouseClicks
) -> None:
    """The breakdown is read after it was stored, and the series before."""
    await clickhouse_clicks.add(clicks_of(1, 5))
    await clickhouse_clicks.keep(now_ms=(DAY + 2) * DAY_MS)
    before = clickhouse_server.statements()
    clickhouse_server.hold("arrayJoin")
    report = asyncio.create_task(clickhouse_clicks.ask(_FILTERED, [_BY_BROWSER, _DAYS]))
    try:
        async with asyncio.timeout(SECONDS):
            while clickhouse_server.statements() == before:  # noqa: ASYNC110 - another process's state
                await asyncio.sleep(0.02)
        await clickhouse_clicks.add(clicks_of(6, 1))
    finally:
        clickhouse_server.release()
    by_browser, series = (await report).answers
    assert isinstance(by_browser, ByValue)
    assert series == (by_browser.whole,)
    assert by_browser.whole.clicks == 6


async def test_blocks_are_read_of_open_days_only(
    clickhouse_server: ClickHouseServer, clickhouse_clicks: ClickHouseClicks
) -> None:
    """A sealed day is answered while statements about blocks are refused."""
    await clickhouse_clicks.add(clicks_of(1, 5))
    await clickhouse_clicks.keep(now_ms=(DAY + 2) * DAY_MS)
    clickhouse_server.refuse("block <=", 500)
    (found,) = (await clickhouse_clicks.ask(_FILTERED, [_BY_BROWSER])).answers
    assert isinstance(found, ByValue)
    assert found.whole.clicks == 5
