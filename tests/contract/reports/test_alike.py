"""Every store answers as the plainest one does, cell by cell.

`REPORT_REQUESTS` asks about that many questions; a few hundred by default.
"""

import os
from collections.abc import Iterator, Sequence
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.reports import drawn
from tests.contract.reports.drawn import Asked
from tests.contract.reports.stores import ClickStore, exported, keep_all
from waypost.adapters.memory.clicks import MemoryClicks
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick, day_of
from waypost.domain.analytics.questions import ClickQuery
from waypost.ports.analytics.reports import ClickCursor
from waypost.ports.analytics.rows import Freshness
from waypost.services.reports.clicks import place_of

REQUESTS = int(os.environ.get("REPORT_REQUESTS", "144"))
PER_EXAMPLE = 24
"""About how many questions an example asks."""
FIRST_DAY = 10_000
DAYS_APART = 2 * drawn.DAYS
"""Examples share a store, and each has days of its own in it."""
HASHES_DAYS = 2
PAGE = 7


@pytest.fixture
def truth() -> MemoryClicks:
    """The plainest store."""
    return MemoryClicks()


@pytest.fixture
def first_days() -> Iterator[int]:
    """The first day of each example."""
    return count(FIRST_DAY, DAYS_APART)


@pytest.mark.slow
@settings(
    max_examples=max(1, REQUESTS // PER_EXAMPLE),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    batches=st.lists(st.lists(drawn.clicks(), max_size=30), min_size=1, max_size=4),
    asked=st.lists(drawn.questions() | drawn.whole_days(), min_size=4, max_size=8),
)
async def test_every_answer_is_the_same(
    clicks: ClickStore,
    truth: MemoryClicks,
    first_days: Iterator[int],
    batches: Sequence[Sequence[EnrichedClick]],
    asked: Sequence[Asked],
) -> None:
    """Clicks that come late, unordered and repeated are counted alike, also between.

    Each batch is followed by upkeep, the last but one long after its days.
    """
    first_day = next(first_days)
    stores = (clicks, truth)
    known: dict[int, EnrichedClick] = {}
    for number, batch in enumerate(batches):
        # What has one identity is one click.
        unique = [known.setdefault(click.sequence, click) for click in batch]
        now_day = first_day + number * drawn.DAYS * 2 // len(batches)
        ours = [_of_example(click, first_day, now_day) for click in unique]
        as_of = [Freshness(source="journal", as_of_ms=now_day * DAY_MS)]
        new = [await store.add(ours, freshness=as_of) for store in stores]
        assert new[0] == new[1]
        await _same_answers(asked[number : number + 1], first_day, stores)
        for store in stores:
            await keep_all(store, now_ms=now_day * DAY_MS + DAY_MS // 2)
    await _same_answers(asked, first_day, stores)
    await _same_lists(asked, first_day, stores)


def _of_example(click: EnrichedClick, first_day: int, now_day: int) -> EnrichedClick:
    """Return *click* in the days of its example, as enrichment would make it."""
    time_ms = click.time_ms + first_day * DAY_MS
    # There is no salt any more for days that are over for so long.
    is_known = day_of(time_ms) >= now_day - HASHES_DAYS
    return click._replace(
        journal=f"journal-{first_day}",
        time_ms=time_ms,
        visitor=click.visitor if is_known else 0,
    )


async def _same_answers(
    asked: Sequence[Asked], first_day: int, stores: Sequence[ClickStore]
) -> None:
    for each in asked:
        now = each.shifted(first_day * DAY_MS)
        ours, truth = [await store.ask(now.query, now.questions) for store in stores]
        for question, got, expected in zip(
            now.questions, ours.answers, truth.answers, strict=True
        ):
            assert got == expected, (now.query, question)
        assert ours.as_of_ms == truth.as_of_ms


async def _same_lists(
    asked: Sequence[Asked], first_day: int, stores: Sequence[ClickStore]
) -> None:
    for each in asked:
        query = each.shifted(first_day * DAY_MS).query
        ours, truth = [await _listed(store, query) for store in stores]
        assert ours == truth
        # Cell by cell: the columns of an export hold what the list of rows shows.
        rows = [click._replace(code="") for click in ours]
        ours, truth = [await exported(store, query) for store in stores]
        assert sorted(ours) == sorted(truth) == sorted(rows)
        days = [day_of(click.time_ms) for click in ours]
        assert days == sorted(days)


async def _listed(store: ClickStore, query: ClickQuery) -> Sequence[EnrichedClick]:
    """Return all clicks of *query*, read page by page."""
    listed: list[EnrichedClick] = []
    after: ClickCursor | None = None
    while page := await store.clicks(query, after=after, limit=PAGE):
        listed += page
        after = place_of(page[-1])
    return _without_visitors(listed)


def _without_visitors(clicks: Sequence[EnrichedClick]) -> Sequence[EnrichedClick]:
    """Return *clicks* without hashes: a store deletes them when it likes, in time."""
    return [click._replace(visitor=0) for click in clicks]
