"""Continents and hours of the week are the same over every store."""

from itertools import product

from tests.contract.reports.golden import ZONES
from tests.contract.reports.stores import ClickStore, keep_all
from tests.contract.reports.test_promises import DAY, click
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import Filter, Numbers, Order, Totals
from waypost.domain.reports.continents import CONTINENT_NAMES, CONTINENTS
from waypost.domain.reports.country_names import COUNTRY_NAMES
from waypost.domain.reports.periods import Period
from waypost.services.reports.asking import Key, Listing, Subject, ask, numbers
from waypost.services.reports.breakdown import breakdown
from waypost.services.reports.derived import Derived, combined, of_continents
from waypost.services.reports.series import Intervals, series

ALL = Listing(Order.VALUE, 1_000)


def subject(*filters: Filter, days: int = 400, tz: str = "UTC") -> Subject:
    """Return the clicks of many days, of which the last ones have some."""
    period = Period(
        start_ms=(DAY + 3 - days) * DAY_MS,
        end_ms=(DAY + 3) * DAY_MS,
        zone=ZONES.zone(tz),
    )
    return Subject(period=period, filters=combined(filters))


async def add_clicks(clicks: ClickStore) -> None:
    """Store clicks at noon UTC of a Friday, which is sealed, and the day after."""
    await clicks.add(
        [
            click(1, country="CH"),
            click(2, country="DE", visitor=2),
            click(3, country="US", visitor=3),
            click(4, country="DE", visitor=0, machine="preview"),
        ]
    )
    await keep_all(clicks, now_ms=(DAY + 1) * DAY_MS + DAY_MS // 2)
    await clicks.add(
        [click(5, day=DAY + 1), click(6, country="??", visitor=2, day=DAY + 1)]
    )


async def by_value(
    clicks: ClickStore, by: Derived, about: Subject, listing: Listing = ALL
) -> dict[Key, Numbers]:
    """Return the numbers of each value."""
    report = await breakdown(about, by, listing, is_compared=False, store=clicks)
    return {row.key: row.numbers for row in report.rows}


async def test_continents_add_up_countries(clicks: ClickStore) -> None:
    """What has no continent is unknown, and filters of countries hold."""
    await add_clicks(clicks)
    europe, america = Numbers(2, 1, 2), Numbers(1, 0, 1)
    assert await by_value(clicks, Derived.CONTINENT, subject()) == {
        "EU": europe,
        "NA": america,
        None: Numbers(2, 0, 2),
    }
    swiss = Filter(dimension=Dimension.COUNTRY, values=frozenset({"CH", "US"}))
    about = subject(swiss, of_continents({"EU"}))
    assert await by_value(clicks, Derived.CONTINENT, about) == {"EU": Numbers(1, 0, 1)}


async def test_continents_are_a_filter(clicks: ClickStore) -> None:
    """It chooses what the breakdown counts for them."""
    await add_clicks(clicks)
    whole = await by_value(clicks, Derived.CONTINENT, subject())
    chosen: list[set[str | None]] = [{"EU"}, {"EU", "NA"}, {None}, {None, "EU"}, {"XX"}]
    for continents, is_negated in product(chosen, (False, True)):
        only = of_continents(continents, is_negated=is_negated)
        found = numbers((await ask(clicks, subject(only), Totals())).answers[0])
        assert found.clicks == sum(
            each.clicks
            for continent, each in whole.items()
            if (continent in continents) != is_negated
        ), (continents, is_negated)


async def test_hours_of_the_week(clicks: ClickStore) -> None:
    """They are those of the zone, of more than a year, and every click is in one."""
    await add_clicks(clicks)
    hour = Derived.HOUR_OF_WEEK
    assert await by_value(clicks, hour, subject()) == {
        "5-12": Numbers(3, 1, 3),
        "6-12": Numbers(2, 0, 2),
    }
    kolkata = await by_value(clicks, hour, subject(days=5, tz="Asia/Kolkata"))
    assert {key: each.clicks for key, each in kolkata.items()} == {
        "5-17": 4,
        "6-17": 2,
    }


async def test_derived_values_are_ranked_and_compared(clicks: ClickStore) -> None:
    """The others are summed up, and the period before has the same rows."""
    await add_clicks(clicks)
    report = await breakdown(
        subject(days=2),
        Derived.HOUR_OF_WEEK,
        Listing(limit=1),
        is_compared=True,
        store=clicks,
    )
    assert [row.key for row in report.rows] == ["6-12"]
    assert report.other is None
    assert report.previous is not None
    assert [(row.key, row.numbers) for row in report.previous.rows] == [
        ("6-12", Numbers(0, 0, 0))
    ]
    report = await breakdown(
        subject(),
        Derived.CONTINENT,
        Listing(limit=1),
        is_compared=True,
        store=clicks,
    )
    assert [row.key for row in report.rows] == ["EU"]
    assert report.other is not None
    assert (report.other.values, report.other.numbers) == (2, Numbers(3, 0, 3))


async def test_lines_of_continents(clicks: ClickStore) -> None:
    """A series has a line for each."""
    await add_clicks(clicks)
    report = await series(
        subject(days=3),
        Intervals(),
        is_compared=False,
        by=Derived.CONTINENT,
        store=clicks,
    )
    assert report.lines is not None
    assert {
        line.key: sum(point.numbers.clicks for point in line.points)
        for line in report.lines
    } == {"EU": 3, "NA": 1, None: 2}


def test_every_country_has_a_continent() -> None:
    """The two tables are of the same countries."""
    assert CONTINENTS.keys() == COUNTRY_NAMES.keys()
    assert set(CONTINENTS.values()) == CONTINENT_NAMES.keys()
