"""Made-up clicks: some links have most of them, and most values are rare."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from waypost.adapters.columns.writing.bulk import DayOfClicks, Texts
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.wire.click_store.columns import Whole

FIRST_DAY: Final = 20_000
DAYS: Final = 90
LINKS: Final = 100_000

_VALUES: Final = {
    Dimension.COUNTRY: 120,
    Dimension.REGION: 900,
    Dimension.CITY: 6_000,
    Dimension.DEVICE: 5,
    Dimension.OS: 7,
    Dimension.BROWSER: 8,
    Dimension.LANGUAGE: 40,
    Dimension.REFERRER: 3_000,
    Dimension.CHANNEL: 6,
    Dimension.UTM_SOURCE: 40,
    Dimension.UTM_MEDIUM: 10,
    Dimension.UTM_CAMPAIGN: 300,
    Dimension.UTM_TERM: 200,
    Dimension.UTM_CONTENT: 50,
    Dimension.SOURCE: 2,
    Dimension.MACHINE: 4,
    Dimension.AGENT: 5_000,
}
_UNKNOWN: Final = {
    Dimension.MACHINE: 0.75,
    Dimension.REFERRER: 0.4,
    **{each: 0.7 for each in DIMENSIONS if each.startswith("utm_")},
}
"""The share of clicks without a value."""


def days(clicks: int, *, seed: int = 1) -> Iterator[DayOfClicks]:
    """Yield so many clicks, spread evenly over the days."""
    chance = np.random.default_rng(seed)
    weights = 1 / np.arange(1, LINKS + 1) ** 0.9
    shares = np.cumsum(weights / weights.sum())
    sequence = 1
    for day in range(FIRST_DAY, FIRST_DAY + DAYS):
        rows = clicks // DAYS
        yield _day(chance, shares, day, rows, sequence)
        sequence += rows


def singly(clicks: DayOfClicks) -> list[EnrichedClick]:
    """Return the clicks one by one, as enrichment makes them."""
    values = [
        [texts.texts[code] for code in texts.codes.tolist()]
        for texts in (clicks.values[dimension] for dimension in DIMENSIONS)
    ]
    return [
        EnrichedClick(
            "single", at % 64, 1 + at // 64, link, clicks.day * DAY_MS + ms, *rest
        )
        for at, (link, ms, *rest) in enumerate(
            zip(
                clicks.links.tolist(),
                clicks.times_ms.tolist(),
                clicks.visitors.tolist(),
                zip(*values, strict=True),
                strict=True,
            )
        )
    ]


def _day(
    chance: np.random.Generator, shares: Whole, day: int, rows: int, sequence: int
) -> DayOfClicks:
    values = {
        dimension: _texts(chance, dimension, rows, number)
        for dimension, number in _VALUES.items()
    }
    people = np.array([text is None for text in values[Dimension.MACHINE].texts])[
        values[Dimension.MACHINE].codes
    ]
    visitors = chance.integers(1, max(2, rows * 2 // 3), rows).astype(np.uint64)
    return DayOfClicks(
        day=day,
        journal="bench",
        lane=0,
        first_sequence=sequence,
        links=1 + shares.searchsorted(chance.random(rows)),
        times_ms=np.sort(chance.integers(0, DAY_MS, rows)),
        visitors=np.where(people, visitors * np.uint64(0x9E37_79B9_7F4A_7C15), 0),
        values=values,
    )


def _texts(
    chance: np.random.Generator, dimension: Dimension, rows: int, number: int
) -> Texts:
    weights = 1 / np.arange(1, number + 1)
    codes = 1 + np.cumsum(weights / weights.sum()).searchsorted(chance.random(rows))
    codes[chance.random(rows) < _UNKNOWN.get(dimension, 0.02)] = 0
    texts = [None, *(f"{dimension}-{at}" for at in range(number + 1))]
    return Texts(texts, np.minimum(codes, number))
