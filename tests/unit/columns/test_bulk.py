"""A day that is stored at once is the same as one that came click by click."""

from pathlib import Path

import numpy as np
import pytest

from tests.unit.columns.samples import DAY, DAY_START, random_clicks
from waypost.adapters.columns.store import ClickStore, open_sqlite
from waypost.adapters.columns.writing.bulk import DayOfClicks, Texts
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.analytics.questions import (
    Breakdown,
    ClickQuery,
    Order,
    Question,
    Totals,
)

LATER = DAY_START + 2 * DAY_MS
QUERY = ClickQuery(start_ms=DAY_START, end_ms=LATER)
QUESTIONS: tuple[Question, ...] = (
    Totals(),
    *(Breakdown(dimension, Order.PEOPLE, 100) for dimension in DIMENSIONS),
)
CLICKS = [
    click._replace(journal="import-a", lane=2, sequence=at)
    for at, click in enumerate(random_clicks(4, 1000, days=1), 11)
]


def as_day(clicks: list[EnrichedClick]) -> DayOfClicks:
    """The clicks as columns."""
    values: dict[Dimension, Texts] = {}
    for place, dimension in enumerate(DIMENSIONS):
        found = [click.values[place] for click in clicks]
        texts = list(dict.fromkeys(found))
        codes = np.array([texts.index(text) for text in found])
        values[dimension] = Texts(texts, codes)
    return DayOfClicks(
        day=DAY,
        journal="import-a",
        lane=2,
        first_sequence=clicks[0].sequence,
        links=np.array([click.link_id for click in clicks]),
        times_ms=np.array([click.time_ms - DAY_START for click in clicks]),
        visitors=np.array([click.visitor for click in clicks], np.uint64),
        values=values,
    )


async def test_a_day_is_stored_at_once(store: ClickStore, tmp_path: Path) -> None:
    """The same clicks, the same answers, sealed; and no click comes twice."""
    assert await store.add_day(as_day(CLICKS), now_ms=LATER) == len(CLICKS)
    assert await store.add_day(as_day(CLICKS), now_ms=LATER) == 0
    assert await store.add(CLICKS) == 0
    shifted = as_day(CLICKS)._replace(first_sequence=CLICKS[500].sequence)
    with pytest.raises(ValueError, match="500 of 1000"):
        await store.add_day(shifted, now_ms=LATER)
    assert [check.is_equal async for check in store.verify()] == [True]
    async with await open_sqlite(tmp_path / "other.db", timeout_seconds=60) as other:
        await other.add(CLICKS)
        ours, theirs = [await each.ask(QUERY, QUESTIONS) for each in (store, other)]
        assert ours.answers == theirs.answers
        pages = [await s.clicks(QUERY, after=None, limit=2000) for s in (store, other)]
        assert pages[0] == pages[1]


async def test_a_day_of_no_clicks_is_nothing(store: ClickStore) -> None:
    """It is not even known afterwards."""
    nothing = as_day(CLICKS)._replace(links=np.zeros(0, np.int64))
    assert await store.add_day(nothing, now_ms=LATER) == 0
    assert [check async for check in store.verify()] == []
