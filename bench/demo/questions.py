"""The reports that are timed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from bench.demo.filling import WHOLE
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS
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

_DIMENSIONS: Final = (
    Dimension.COUNTRY,
    Dimension.CITY,
    Dimension.DEVICE,
    Dimension.OS,
    Dimension.BROWSER,
    Dimension.REFERRER,
    Dimension.CHANNEL,
    Dimension.UTM_CAMPAIGN,
)
_FILTERS: Final = (
    Filter(dimension=Dimension.COUNTRY, values=frozenset({"DE"})),
    Filter(dimension=Dimension.CHANNEL, values=frozenset({"social"})),
)
_SMALL: Final = 25
"""About how many clicks the small link has."""


class Case(NamedTuple):
    """What is asked."""

    name: str
    query: ClickQuery
    questions: Sequence[Question]


async def cases(store: ReportStore) -> list[Case]:
    """Return what is asked; links are chosen by their clicks."""
    (top,) = (await store.ask(WHOLE, [TopLinks(Order.CLICKS, 1_000_000)])).answers
    assert isinstance(top, ByLink), "links were asked for"
    clicks = {each.link_id: each.numbers.clicks for each in top.listed}
    small = min(clicks, key=lambda link: abs(clicks[link] - _SMALL))
    hottest = replace(WHOLE, links=frozenset({top.listed[0].link_id}))
    one = replace(WHOLE, links=frozenset({small}))
    filtered = replace(WHOLE, filters=_FILTERS)
    by_browser = [Breakdown(Dimension.BROWSER, Order.PEOPLE, 10)]
    print(
        f"{sum(clicks.values()):,} clicks, {len(clicks):,} links; "
        f"hottest {top.listed[0].numbers.clicks:,}, small {clicks[small]:,}"
    )
    of_link = replace(hottest, filters=_FILTERS)
    return [
        Case("page, hottest link", hottest, _page()),
        Case("page, everything", WHOLE, _page()),
        Case("page, small link", one, _page()),
        Case("one filtered breakdown, everything", filtered, by_browser),
        Case("filtered page, everything", filtered, _page()),
        Case("filtered page, hottest link", of_link, _page()),
    ]


def _page() -> list[Question]:
    days = range(WHOLE.start_ms, WHOLE.end_ms + 1, DAY_MS)
    breakdowns = [Breakdown(each, Order.PEOPLE, 10) for each in _DIMENSIONS]
    return [Totals(), Series(tuple(days)), *breakdowns]
