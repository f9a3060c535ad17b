"""The reports that every store is asked for, to compare the answers."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bench.demo.filling import FIRST, WHOLE
from waypost.adapters.zones import TzdataZones
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.questions import (
    Breakdown,
    ByLink,
    ClickQuery,
    Filter,
    Order,
    Question,
    Series,
    TopLinks,
    Totals,
)
from waypost.ports.analytics.reports import ReportStore

_HOUR_MS: Final = 3_600_000
_ZONES: Final = ("Europe/Berlin", "Asia/Kathmandu")
"""One with a change of the clock among the days, and one that is off by a quarter."""
_MANY: Final = 100_000
"""More than there are values."""
_FILTERS: Final = {
    "two filters": (
        Filter(dimension=Dimension.COUNTRY, values=frozenset({"DE"})),
        Filter(dimension=Dimension.CHANNEL, values=frozenset({"social"})),
    ),
    "all but some, or unknown": (
        Filter(
            dimension=Dimension.BROWSER,
            values=frozenset({"chrome", "safari"}),
            is_negated=True,
        ),
        Filter(dimension=Dimension.CITY, values=frozenset({None, "Berlin", "Paris"})),
    ),
}


class Report(NamedTuple):
    """What is asked."""

    name: str
    query: ClickQuery
    question: Question


async def reports(store: ReportStore) -> list[Report]:
    """Return what is asked; links are chosen by their clicks in *store*."""
    (top,) = (await store.ask(WHOLE, [TopLinks(Order.CLICKS, _MANY)])).answers
    assert isinstance(top, ByLink), "links were asked for"
    links = [each.link_id for each in top.listed]
    queries = {
        "everything": WHOLE,
        "everything, cut days": _cut(WHOLE),
        "the hottest link": replace(WHOLE, links=frozenset(links[:1])),
        "the hottest link, cut days": _cut(replace(WHOLE, links=frozenset(links[:1]))),
        "a small link": replace(WHOLE, links=frozenset(links[len(links) // 2 :][:1])),
        "many links": replace(WHOLE, links=frozenset(links[::7])),
        **{name: replace(WHOLE, filters=each) for name, each in _FILTERS.items()},
    }
    return [
        Report(f"{name}: {what}", query, question)
        for name, query in queries.items()
        for what, question in _questions(query)
    ]


def _cut(query: ClickQuery) -> ClickQuery:
    """Return *query* from a moment within a quarter of an hour to one at its end."""
    return replace(
        query, start_ms=query.start_ms + 12_345_678, end_ms=query.end_ms - 5 * _HOUR_MS
    )


def _questions(query: ClickQuery) -> Iterator[tuple[str, Question]]:
    yield "totals", Totals()
    for zone in _ZONES:
        yield f"days in {zone}", Series(_days(query, zone))
    hours = range(WHOLE.start_ms, WHOLE.end_ms, _HOUR_MS)
    yield "hours", Series(_bounds(query, hours))
    yield "links", TopLinks(Order.CLICKS, 50)
    yield "links by visitors", TopLinks(Order.VISITORS, _MANY)
    for by in DIMENSIONS:
        yield f"by {by}", Breakdown(by, Order.PEOPLE, 10)
        yield f"by {by}, all", Breakdown(by, Order.VALUE, _MANY)


def _days(query: ClickQuery, zone: str) -> tuple[int, ...]:
    """Return the bounds of the local days of *query*."""
    begin = datetime.combine(FIRST, datetime.min.time(), TzdataZones().zone(zone))
    starts = [begin + timedelta(days=day) for day in range(-1, 100)]
    return _bounds(query, [round(each.timestamp() * 1000) for each in starts])


def _bounds(query: ClickQuery, starts: Iterable[int]) -> tuple[int, ...]:
    inner = {each for each in starts if query.start_ms < each < query.end_ms}
    return tuple(sorted({query.start_ms, query.end_ms, *inner}))
