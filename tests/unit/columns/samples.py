"""Clicks for tests."""

import random
from collections import Counter

from waypost.domain.analytics.dimensions import DIMENSIONS, PLACES, Dimension
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick

DAY = 20_000
"""A day in 2024."""
DAY_START = DAY * DAY_MS


def click(sequence: int = 1, **given: object) -> EnrichedClick:
    """A click of the first link at the beginning of `DAY`; *given* says otherwise."""
    values: list[str | None] = [None] * len(DIMENSIONS)
    fields: dict[str, object] = {
        "journal": "a" * 32,
        "lane": 3,
        "sequence": sequence,
        "link_id": 1,
        "time_ms": DAY_START,
        "visitor": 0,
    }
    for name, value in given.items():
        if name in fields:
            fields[name] = value
        else:
            assert value is None or isinstance(value, str)
            values[PLACES[Dimension(name)]] = value
    return EnrichedClick(**fields, values=tuple(values))  # type: ignore[arg-type]  # as above


def random_clicks(
    seed: int, number: int, *, days: int = 4, links: int = 6, start: int = 1
) -> list[EnrichedClick]:
    """Clicks with few values each, so that all meet one another; sorted by moment."""
    chance = random.Random(seed)
    moments = sorted(DAY_START + chance.randrange(days * DAY_MS) for _ in range(number))
    last: Counter[tuple[str, int]] = Counter()
    clicks: list[EnrichedClick] = []
    for moment in moments:
        lane = (chance.choice(["a" * 32, "b" * 32]), chance.randrange(3))
        last[lane] += 1
        identity = (*lane, start + last[lane])
        clicks.append(_random_click(chance, moment, links, identity))
    return clicks


def _random_click(
    chance: random.Random,
    moment: int,
    links: int,
    identity: tuple[str, int, int],
) -> EnrichedClick:
    values: list[str | None] = [
        None if chance.random() < 0.3 else f"{dimension}-{chance.randrange(4)}"
        for dimension in DIMENSIONS
    ]
    machine = chance.choice(["agent", "preview", "prefetch"])
    is_machine = chance.random() < 0.2
    values[PLACES[Dimension.MACHINE]] = machine if is_machine else None
    knows = not is_machine and chance.random() < 0.9
    return EnrichedClick(
        journal=identity[0],
        lane=identity[1],
        sequence=identity[2],
        link_id=min(int(chance.expovariate(0.5)), links - 1) + 1,
        time_ms=moment,
        visitor=chance.randrange(1, 40) * 0x0123_4567_89AB_CDE if knows else 0,
        values=tuple(values),
    )
