"""Exports yield columns, and each cell is that of the row."""

import random
from collections.abc import Sequence

import pytest

from tests.contract.reports.stores import ClickStore, exported, keep_all
from waypost.domain.analytics.dimensions import PLACES, Dimension
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick, day_of
from waypost.domain.analytics.questions import ClickQuery, Filter
from waypost.ports.analytics.reports import ClickCursor
from waypost.services.reports.clicks import place_of

DAY = 20_000
DAYS = 3
CLICKS = 1_500
ALL = ClickQuery(start_ms=DAY * DAY_MS, end_ms=(DAY + DAYS) * DAY_MS)
NOON = DAY * DAY_MS + DAY_MS // 2
COUNTRY = Dimension.COUNTRY
QUERIES = {
    "all": ALL,
    "a period that cuts days": ClickQuery(start_ms=NOON, end_ms=NOON + DAY_MS),
    "a link": ClickQuery(
        start_ms=ALL.start_ms, end_ms=ALL.end_ms, links=frozenset({2})
    ),
    "links": ClickQuery(
        start_ms=ALL.start_ms, end_ms=ALL.end_ms, links=frozenset({1, 3, 99})
    ),
    "a value": ClickQuery(
        start_ms=ALL.start_ms,
        end_ms=ALL.end_ms,
        filters=(Filter(dimension=COUNTRY, values=frozenset({"value 1", None})),),
    ),
    "not a value": ClickQuery(
        start_ms=ALL.start_ms,
        end_ms=ALL.end_ms,
        filters=(
            Filter(dimension=COUNTRY, values=frozenset({"value 1"}), is_negated=True),
        ),
    ),
    "none": ClickQuery(start_ms=0, end_ms=DAY_MS),
}


def made() -> list[EnrichedClick]:
    """Return clicks with every dimension, some of one moment, in no order."""
    chance = random.Random(7)
    values = [None, "", "ä\U0001d4b3", *(f"value {n}" for n in range(40))]
    return [
        EnrichedClick(
            f"journal-{chance.randrange(3)}",
            chance.randrange(64),
            sequence,
            chance.randrange(1, 6),
            DAY * DAY_MS + chance.randrange(DAYS * 900) * (DAY_MS // 900),
            0,
            tuple(chance.choice(values[at % 5 :]) or None for at in range(len(PLACES))),
        )
        for sequence in range(1, CLICKS + 1)
    ]


async def fill(store: ClickStore) -> None:
    """Store the clicks: some are compacted, some lie where they were added."""
    clicks = made()
    for start in range(0, CLICKS, 500):
        await store.add(clicks[start : start + 500])
        if start < 1_000:
            await keep_all(store, now_ms=(DAY + 2) * DAY_MS)


async def listed(store: ClickStore, query: ClickQuery) -> Sequence[EnrichedClick]:
    """Return the clicks of *query* row by row."""
    found: list[EnrichedClick] = []
    after: ClickCursor | None = None
    while page := await store.clicks(query, after=after, limit=1_000):
        found += page
        after = place_of(page[-1])
    return [click._replace(code="") for click in found]


@pytest.mark.slow
async def test_columns_are_the_rows(clicks: ClickStore) -> None:
    """Every row of a period, links or filters, each cell alike, oldest day first."""
    await fill(clicks)
    truth = sorted(made())
    assert sorted(await exported(clicks, ALL)) == truth
    for name, query in QUERIES.items():
        found = await exported(clicks, query)
        assert sorted(found) == sorted(await listed(clicks, query)), name
        days = [day_of(click.time_ms) for click in found]
        assert days == sorted(days), name


@pytest.mark.slow
async def test_chosen_dimensions_are_read(clicks: ClickStore) -> None:
    """Only those that are asked for, in that order; none is a choice too."""
    await fill(clicks)
    chosen = (Dimension.AGENT, COUNTRY)
    every = {
        (click.journal, click.lane, click.sequence): click.values for click in made()
    }
    rows = 0
    async for batch in clicks.export(ALL, chosen):
        identities = zip(
            batch.journal.plain(),
            batch.lane.plain(),
            batch.sequence.plain(),
            strict=True,
        )
        agents, countries = (column.plain() for column in batch.values)
        for identity, *found in zip(identities, agents, countries, strict=True):
            values = every.pop(identity)
            assert found == [values[PLACES[dimension]] for dimension in chosen]
            rows += 1
    assert (rows, every) == (CLICKS, {})
    bare = [batch async for batch in clicks.export(ALL, ())]
    assert sum(len(batch.sequence) for batch in bare) == CLICKS
    assert [list(batch.values) for batch in bare] == [[] for _ in bare]
