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


@pytest.mark.slow
async def test_a_busy_day_is_exported_by_parts(tmp_path: Path) -> None:
    """More clicks than are in memory at a time: each once, oldest first, as it is."""
    number = 600_000
    chance = np.random.default_rng(3)
    moments = chance.integers(0, DAY_MS, number)
    links = chance.integers(1, 1_000, number)
    nothing = Texts([None], np.zeros(number, np.int64))
    languages = Texts([f"value {at}" for at in range(999)], links - 1)
    day = as_day(CLICKS[:1])._replace(
        links=links,
        times_ms=moments,
        visitors=np.zeros(number, np.uint64),
        values=dict.fromkeys(DIMENSIONS, nothing) | {Dimension.LANGUAGE: languages},
    )
    late = CLICKS[0]._replace(sequence=number + 11, link_id=5)
    async with await open_sqlite(tmp_path / "busy.db", report_seconds=600) as store:
        await store.add_day(day, now_ms=LATER)
        await store.add([late])
        rows = 0
        last = 0
        seen = np.zeros(number + 12, np.int64)
        async for batch in store.export(QUERY, (Dimension.LANGUAGE,)):
            sequences = np.asarray(batch.sequence.view).astype(np.int64)
            seen[sequences] += 1
            times = np.asarray(batch.time_ms.view)
            assert last <= times[0]
            assert (np.diff(times) >= 0).all()
            last = times[-1]
            ours = sequences != late.sequence
            at = sequences[ours] - 11
            assert (times[ours] - DAY_START == moments[at]).all()
            assert (np.array(batch.link_id.plain())[ours] == links[at]).all()
            (column,) = batch.values
            texts = np.array(column.values)[np.asarray(column.places.view)]
            expected = np.array(languages.texts)[links[at] - 1]
            assert (texts[ours] == expected).all()
            rows += len(sequences)
    assert rows == number + 1
    assert (seen[11:] == 1).all()
