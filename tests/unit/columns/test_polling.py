"""A reader beside a writer sees no number above the truth, and none that falls."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.unit.columns.samples import DAY_START, random_clicks
from waypost.adapters.columns.store import ClickStore
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.analytics.questions import (
    Breakdown,
    ByValue,
    ClickQuery,
    Numbers,
    Order,
    Series,
    Totals,
)

BATCH = 100
DAYS = 4
BOUNDS = tuple(DAY_START + day * DAY_MS for day in range(DAYS + 1))
QUESTIONS = (
    Totals(),
    Series(BOUNDS),
    Breakdown(Dimension.COUNTRY, Order.PEOPLE, 100),
)


def flat(numbers: Sequence[Numbers]) -> list[int]:
    """The people, machines and visitors of all."""
    assert all(each.visitors is not None for each in numbers)
    return [number for each in numbers for number in each if number is not None]


async def seen(store: ClickStore, query: ClickQuery) -> list[int]:
    """Every number that a reader sees, in one order."""
    found = await store.ask(query, QUESTIONS)
    totals, series, by_value = found.answers
    assert isinstance(totals, Numbers)
    assert isinstance(series, tuple)
    assert not isinstance(series, Numbers)
    assert isinstance(by_value, ByValue)
    assert by_value.whole == totals
    assert sum(each.clicks for each in series) == totals.clicks
    assert sum(each.numbers.clicks for each in by_value.listed) == totals.clicks
    values = dict(by_value.listed)
    countries = [f"country-{at}" for at in range(4)]
    nothing = Numbers(0, 0, 0)
    listed = [values.get(country, nothing) for country in (None, *countries)]
    return flat([totals, *series, *listed])


async def write(store: ClickStore, clicks: Sequence[EnrichedClick]) -> None:
    """Add the clicks, with upkeep that finds days which are over."""
    now_ms = BOUNDS[-1]
    for start in range(0, len(clicks), BATCH):
        await store.add(clicks[start : start + BATCH])
        now_ms += 2 * 3_600_000
        while await store.keep(now_ms=now_ms):
            pass


@pytest.mark.slow
@pytest.mark.parametrize("links", [None, frozenset({1}), frozenset({2, 3})])
async def test_numbers_only_grow(
    store: ClickStore, links: frozenset[int] | None
) -> None:
    """Compaction, seals and late clicks change nothing that was counted."""
    clicks = random_clicks(3, 1500, days=DAYS)
    # Late ones come in every batch.
    clicks = [*clicks[::3], *clicks[1::3], *clicks[2::3]]
    query = ClickQuery(start_ms=BOUNDS[0], end_ms=BOUNDS[-1], links=links)
    writing = asyncio.create_task(write(store, clicks))
    before = await seen(store, query)
    polls = 0
    while not writing.done():
        now = await seen(store, query)
        assert all(old <= new for old, new in zip(before, now, strict=True))
        before = now
        polls += 1
    await writing
    last = await seen(store, query)
    chosen = [click for click in clicks if links is None or click.link_id in links]
    assert last[0] + last[1] == len(chosen)
    assert all(old <= new for old, new in zip(before, last, strict=True))
    assert polls > 0
