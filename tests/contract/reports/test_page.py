"""A page of reports: its parts are those of the reports, and agree with one another."""

import asyncio
from dataclasses import replace
from itertools import count

from tests.contract.reports.golden import ZONES
from tests.contract.reports.stores import ClickStore
from tests.contract.reports.test_promises import DAY, click
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import Filter, Numbers, Order
from waypost.domain.reports.intervals import Interval
from waypost.domain.reports.periods import Period
from waypost.ports.analytics.rows import Freshness
from waypost.services.reports.asking import LINK, By, Listing, Subject
from waypost.services.reports.breakdown import breakdown
from waypost.services.reports.link_names import MOST_OF_DOMAINS
from waypost.services.reports.page import PageReport, page
from waypost.services.reports.series import Intervals, series
from waypost.services.reports.totals import totals

DAILY = Intervals(interval=Interval.DAY)
LISTINGS: dict[By, Listing] = {
    Dimension.COUNTRY: Listing(limit=1),
    LINK: Listing(Order.VALUE, 5),
}


def subject(*, links: frozenset[int] | None = None, country: str = "") -> Subject:
    """Return the clicks of three days, or some of them."""
    only = Filter(dimension=Dimension.COUNTRY, values=frozenset({country}))
    return Subject(
        period=Period(
            start_ms=DAY * DAY_MS, end_ms=(DAY + 3) * DAY_MS, zone=ZONES.zone("UTC")
        ),
        links=links,
        filters=(only,) if country else (),
    )


async def add_clicks(clicks: ClickStore) -> None:
    """Store clicks of two of the three days, and of the day after them."""
    await clicks.add(
        [
            click(1, country="CH"),
            click(2, country="CH", visitor=2),
            click(3, country="DE", day=DAY + 2),
            click(4, link_id=2, day=DAY + 2),
            click(5, link_id=2, visitor=0, machine="preview", day=DAY + 2),
            click(6, country="CH", day=DAY + 3),
        ],
        freshness=[Freshness(source="journal", as_of_ms=(DAY + 4) * DAY_MS)],
    )


async def page_of(clicks: ClickStore, about: Subject) -> PageReport:
    """Return the page by days, countries and links."""
    return await page(about, DAILY, breakdowns=LISTINGS, store=clicks)


async def test_a_page_by_number(clicks: ClickStore) -> None:
    """Totals, a point for each day, and breakdowns, each with its own listing."""
    await add_clicks(clicks)
    found = await page_of(clicks, subject())
    assert found.numbers == Numbers(people=4, machines=1, visitors=3)
    assert found.interval is Interval.DAY
    assert [tuple(point.numbers) for point in found.points] == [
        (2, 0, 2),
        (0, 0, 0),
        (2, 1, 1),
    ]
    assert [point.bucket.start_ms // DAY_MS - DAY for point in found.points] == [
        0,
        1,
        2,
    ]
    rows, other = found.breakdowns[Dimension.COUNTRY]
    assert [(row.key, row.numbers.clicks, row.share) for row in rows] == [
        ("CH", 2, 0.5)
    ]
    assert other is not None
    assert (other.values, other.numbers.clicks, other.share) == (2, 3, 0.5)
    rows, other = found.breakdowns[LINK]
    assert [(row.key, row.numbers.clicks) for row in rows] == [(1, 3), (2, 2)]
    assert other is None
    assert found.as_of_ms == (DAY + 4) * DAY_MS


async def test_a_page_is_its_reports(clicks: ClickStore) -> None:
    """Each part is what the report of that kind says about the same clicks."""
    await add_clicks(clicks)
    for about in (subject(), subject(links=frozenset({1}), country="CH")):
        found = await page_of(clicks, about)
        whole = await totals(about, is_compared=False, store=clicks)
        line = await series(about, DAILY, is_compared=False, by=None, store=clicks)
        assert found.numbers == whole.numbers
        assert list(found.points) == list(line.points)
        assert (found.period, found.revision) == (whole.period, whole.revision)
        for by, listing in LISTINGS.items():
            alone = await breakdown(about, by, listing, is_compared=False, store=clicks)
            rows, other = found.breakdowns[by]
            assert (list(rows), other) == (list(alone.rows), alone.other)


async def test_as_many_links_as_a_domain_may_have(clicks: ClickStore) -> None:
    """A report of so many is the report of those of them that have clicks."""
    await add_clicks(clicks)
    few = await page_of(clicks, subject(links=frozenset({2})))
    many = frozenset({2, *range(10**9, 10**9 + MOST_OF_DOMAINS - 1)})
    found = await page_of(clicks, subject(links=many))
    assert (found.numbers, list(found.points)) == (few.numbers, list(few.points))
    assert found.breakdowns == few.breakdowns
    none = await page_of(clicks, subject(links=frozenset()))
    assert none.numbers == Numbers(people=0, machines=0, visitors=0)


async def test_an_interval_is_chosen(clicks: ClickStore) -> None:
    """Where none is named, the one that fits the period; an empty store has zeros."""
    day = replace(subject().period, end_ms=(DAY + 1) * DAY_MS)
    found = await page(Subject(period=day), Intervals(), breakdowns={}, store=clicks)
    assert found.interval is Interval.HOUR
    assert [point.numbers.clicks for point in found.points] == [0] * 24
    assert found.breakdowns == {}
    assert found.as_of_ms is None


async def test_a_page_is_of_one_moment(clicks: ClickStore) -> None:
    """While clicks are stored, the parts of each page still have the same sum."""
    await add_clicks(clicks)
    sequences, is_over = count(100), asyncio.Event()

    async def store_more() -> None:
        while not is_over.is_set():
            await asyncio.sleep(0)
            await clicks.add(
                [click(next(sequences), link_id=2, country="FR") for _ in range(3)]
            )

    storing = asyncio.create_task(store_more())
    sums: list[int] = []
    while len(set(sums)) < 3:
        found = await page_of(clicks, subject())
        sums.append(found.numbers.clicks)
        parts = [sum(point.numbers.clicks for point in found.points)]
        for rows, other in found.breakdowns.values():
            rest = other.numbers.clicks if other else 0
            parts.append(sum(row.numbers.clicks for row in rows) + rest)
        assert parts == [sums[-1]] * 3
    is_over.set()
    await storing
    assert sums == sorted(sums)
