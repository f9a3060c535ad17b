"""Retention, erasure, classification and checks, in ClickHouse."""

from collections.abc import Sequence

from tests.clickhouse.fixtures import clicks_in
from tests.integration.clickhouse.made import (
    DAY,
    EVER,
    click,
    clicks_of,
    rows_in,
    total,
)
from waypost.adapters.clickhouse.client import Address, ClickHouse
from waypost.adapters.clickhouse.store import ClickHouseClicks
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Answer,
    Breakdown,
    ByLink,
    ByValue,
    ClickQuery,
    Numbers,
    Order,
    Series,
    TopLinks,
    Totals,
)
from waypost.ports.analytics.administration import DayCheck, Expired

LATER = (DAY + 20) * DAY_MS
EVERY_ROW = "SELECT count() FROM click_events SETTINGS apply_deleted_mask = 0"


async def added(store: ClickHouseClicks) -> None:
    """Add clicks of two links on two days."""
    await store.add([click(each, link_id=1 + each % 2) for each in range(1, 21)])
    await store.add(clicks_of(21, 10, day=DAY + 7))


async def filled(store: ClickHouseClicks) -> None:
    """Add clicks of two links on two days, and seal the days."""
    await added(store)
    while await store.keep(now_ms=LATER):
        pass


def of(*links: int, day: int | None = None) -> ClickQuery:
    """Return a query about *links*, on one day or ever."""
    start, end = (0, 40_000) if day is None else (day, day + 1)
    return ClickQuery(
        start_ms=start * DAY_MS, end_ms=end * DAY_MS, links=frozenset(links) or None
    )


async def all_answers(store: ClickHouseClicks) -> Sequence[Answer]:
    """Return what reports ask about the first day, of everything and of a link."""
    found: list[Answer] = []
    for query in (of(day=DAY), of(2, day=DAY)):
        bounds = (query.start_ms, query.start_ms + DAY_MS // 2, query.end_ms)
        questions = (
            Totals(),
            Series(bounds),
            Breakdown(Dimension.COUNTRY, Order.PEOPLE, 3),
            TopLinks(Order.PEOPLE, 3),
        )
        found += (await store.ask(query, questions)).answers
    return [_in_lists(each) for each in found]


def _in_lists(answer: Answer) -> Answer:
    if isinstance(answer, ByLink):
        # A visitor of two links is not known to be one.
        return ByLink(
            listed=list(answer.listed), others=answer.others, whole=answer.whole
        )
    if isinstance(answer, ByValue):
        return ByValue(
            listed=list(answer.listed), others=answer.others, whole=answer.whole
        )
    return answer


async def test_expired_rows_are_still_in_reports(
    clickhouse: Address, clickhouse_clicks: ClickHouseClicks
) -> None:
    """Roll-ups of every link are made before the rows are deleted."""
    store = clickhouse_clicks
    await filled(store)
    before = await all_answers(store)
    assert await store.expire(before_day=DAY + 1, is_dry_run=True) == Expired(
        days=1, clicks=20
    )
    assert await rows_in(clickhouse, EVERY_ROW) == [(30,)]
    assert await store.expire(before_day=DAY + 1, is_dry_run=False) == Expired(
        days=1, clicks=20
    )
    assert await rows_in(clickhouse, EVERY_ROW) == [(10,)]
    assert await all_answers(store) == before
    assert len(await store.clicks(EVER, after=None, limit=100)) == 10
    # Sets of links have no roll-up of their own, so visitors of both are not known.
    assert await total(store, of(1, 2, day=DAY)) == Numbers(20, 0, None)
    assert (await store.expire(before_day=DAY + 1, is_dry_run=False)).days == 0


async def test_clicks_that_come_after_their_day_has_expired(
    clickhouse: Address, clickhouse_clicks: ClickHouseClicks
) -> None:
    """They are left out, once, and change nothing."""
    store = clickhouse_clicks
    await filled(store)
    await store.expire(before_day=DAY + 1, is_dry_run=False)
    await store.add([click(99), click(100, day=DAY + 7)])
    assert await total(store) == Numbers(31, 0, 31)
    assert await rows_in(clickhouse, EVERY_ROW) == [(11,)]


async def test_all_of_old_days_is_deleted(
    clickhouse: Address, clickhouse_clicks: ClickHouseClicks
) -> None:
    """Rows, roll-ups and the record of the days."""
    store = clickhouse_clicks
    await filled(store)
    await store.expire(before_day=DAY + 1, is_dry_run=False)
    dry = await store.expire_rollups(before_day=DAY + 8, is_dry_run=True)
    assert dry == Expired(days=2, clicks=30)
    assert await total(store) == Numbers(30, 0, 30)
    assert await store.expire_rollups(before_day=DAY + 8, is_dry_run=False) == dry
    assert await total(store) == Numbers(0, 0, 0)
    assert await rows_in(clickhouse, EVERY_ROW) == [(0,)]
    assert await rows_in(clickhouse, "SELECT count() FROM click_rollups") == [(0,)]


async def test_an_erased_link_is_gone(
    clickhouse: Address, clickhouse_clicks: ClickHouseClicks
) -> None:
    """From rows, from roll-ups, and from those of days whose rows have expired."""
    store = clickhouse_clicks
    await filled(store)
    await store.expire(before_day=DAY + 1, is_dry_run=False)
    revision = (await store.ask(EVER, [])).revision
    assert await store.erase_link(1) == 20
    assert (await store.ask(EVER, [])).revision > revision
    assert await total(store, of(1)) == Numbers(0, 0, 0)
    assert await total(store) == Numbers(10, 0, 10)
    assert await total(store, of(2)) == Numbers(10, 0, 10)
    assert await rows_in(clickhouse, EVERY_ROW) == [(0,)]
    while await store.keep(now_ms=LATER):
        pass
    assert await total(store) == Numbers(10, 0, 10)
    assert await store.erase_link(1) == 0
    assert await store.add(clicks_of(21, 10, day=DAY + 7)) == 0


async def test_an_erased_visitor_is_gone(
    clickhouse: Address, clickhouse_clicks: ClickHouseClicks
) -> None:
    """The clicks of one hash on one day, for as long as hashes are known."""
    store = clickhouse_clicks
    await added(store)
    assert await store.erase_visitor(DAY, 7) == 1
    assert await store.erase_visitor(DAY + 7, 7) == 0
    while await store.keep(now_ms=LATER):
        pass
    assert await store.erase_visitor(DAY, 8) == 0
    assert await total(store) == Numbers(29, 0, 29)
    assert await rows_in(clickhouse, EVERY_ROW) == [(29,)]


async def test_clicks_are_classified_anew(clickhouse_clicks: ClickHouseClicks) -> None:
    """The sum of people and machines stays, before and after the day is sealed."""
    store = clickhouse_clicks
    await filled(store)
    assert await store.reclassify(lambda _agent: None) == 0
    assert await store.reclassify(lambda _agent: "agent") == 30
    assert await total(store) == Numbers(0, 30, 0)
    while await store.keep(now_ms=LATER):
        pass
    assert await total(store) == Numbers(0, 30, 0)
    assert await store.reclassify(lambda _agent: None) == 30
    assert await total(store) == Numbers(30, 0, 30)


async def test_sealed_days_are_compared_with_their_rows(
    clickhouse: Address, database_url: str
) -> None:
    """What was changed behind the store's back is found."""
    async with clicks_in(clickhouse, database_url) as store:
        await filled(store)
        assert [each async for each in store.verify()] == [
            DayCheck(day=DAY, is_equal=True),
            DayCheck(day=DAY + 7, is_equal=True),
        ]
        server = ClickHouse(clickhouse, timeout_seconds=60, max_rows_to_read=0)
        await server.run(
            "ALTER TABLE click_events DELETE WHERE sequence = 30",
            settings={"mutations_sync": 2},
        )
        await server.aclose()
        first, second = [each async for each in store.verify()]
        assert (first.is_equal, second.is_equal) == (True, False)
        assert "CH" in second.finding
