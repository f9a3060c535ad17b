"""Adds, upkeep, jobs and reads in any order agree with the plainest store.

`STORE_ROUNDS` begins that many stores; a few by default. `STORE_SEED` is the seed of
the first one; a failure names its own.
"""

import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.contract.reports.stores import ClickStore as AnyStore
from tests.contract.reports.stores import exported
from tests.unit.columns.samples import DAY, DAY_START
from waypost.adapters.columns.rolling import making
from waypost.adapters.columns.store import open_sqlite
from waypost.adapters.memory.clicks import MemoryClicks
from waypost.domain.analytics.dimensions import DIMENSIONS, PLACES, Dimension
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick, day_of
from waypost.domain.analytics.questions import (
    Breakdown,
    ClickQuery,
    Filter,
    Order,
    Question,
    Series,
    TopLinks,
    Totals,
)

ROUNDS = int(os.environ.get("STORE_ROUNDS", "6"))
SEED = int(os.environ.get("STORE_SEED", "1"))
DAYS = 6
END = DAY_START + DAYS * DAY_MS + 5
TEXTS = (None, "a", "B", "ä", "\U0001d4b3")
HASHES = (0, 1, 2, 3, 2**63, 2**64 - 1)
LINKS = (None, {1}, {2}, {1, 3}, set[int](), {4}, {1, 2, 3, 4, 99})
BY = (
    Dimension.COUNTRY,
    Dimension.BROWSER,
    Dimension.CITY,
    Dimension.MACHINE,
    Dimension.AGENT,
)


class Round:
    """Two stores, and what happens to both."""

    def __init__(self, seed: int, store: AnyStore) -> None:
        self.chance = random.Random(seed)
        self.stores = (store, MemoryClicks())
        self.last: Counter[int] = Counter()
        self.every: list[EnrichedClick] = []
        self.today = DAY

    async def happen(self) -> None:
        """Do one thing to both stores."""
        things = [self.add, self.keep, self.reclassify, self.erase_link, self.erase]
        (thing,) = self.chance.choices(things, weights=(50, 30, 7, 5, 3))
        await thing()

    async def add(self) -> None:
        """Add clicks, some of them again."""
        new = [self._click() for _ in range(self.chance.randrange(1, 80))]
        again = self.chance.sample(self.every, min(len(self.every), 5))
        self.every += new
        batch = self.chance.sample([*new, *again], len(new) + len(again))
        ours, truth = [await store.add(batch) for store in self.stores]
        assert ours == truth

    async def keep(self) -> None:
        """Do some upkeep, up to two days later."""
        self.today += self.chance.randrange(3)
        now_ms = self.today * DAY_MS + self.chance.randrange(DAY_MS)
        for store in self.stores:
            for _ in range(self.chance.randrange(1, 8)):
                if not await store.keep(now_ms=now_ms):
                    break

    async def reclassify(self) -> None:
        """Classify agents anew."""
        reasons = (None, "agent", "preview")
        verdicts = {text: self.chance.choice(reasons) for text in TEXTS}
        ours, truth = [await each.reclassify(verdicts.get) for each in self.stores]
        assert ours == truth

    async def erase_link(self) -> None:
        """Erase a link."""
        link = self.chance.randrange(1, 5)
        ours, truth = [await store.erase_link(link) for store in self.stores]
        assert ours == truth

    async def erase(self) -> None:
        """Erase a visitor."""
        day, visitor = DAY + self.chance.randrange(DAYS), self.chance.choice(HASHES)
        ours, truth = [await each.erase_visitor(day, visitor) for each in self.stores]
        assert ours == truth

    async def compare(self) -> None:
        """Ask both stores the same."""
        for _ in range(3):
            query, questions = self._asked()
            ours, truth = [await each.ask(query, questions) for each in self.stores]
            for at, question in enumerate(questions):
                assert ours.answers[at] == truth.answers[at], (query, question)
        query, _ = self._asked()
        exports = [await exported(store, query) for store in self.stores]
        assert exports[0] == exports[1]
        assert [c.day async for c in self.stores[0].verify() if not c.is_equal] == []

    def _click(self) -> EnrichedClick:
        chance = self.chance
        quarter = chance.randrange(DAYS * 96) * 900_000 + chance.choice((-1, 0, 1))
        moment = chance.choice((chance.randrange(DAYS * DAY_MS), max(0, quarter)))
        values: list[str | None] = [None] * len(DIMENSIONS)
        for dimension in (*BY, Dimension.REFERRER):
            values[PLACES[dimension]] = chance.choice(TEXTS)
        machine = chance.choice((None, None, None, "agent", "preview", "network"))
        values[PLACES[Dimension.MACHINE]] = machine
        lane = chance.randrange(3)
        self.last[lane] += 1
        # There is no salt any more for days that are over for so long.
        has_hash = not machine and day_of(DAY_START + moment) >= self.today - 2
        return EnrichedClick(
            "j",
            lane,
            self.last[lane],
            chance.choice((1, 1, 1, 2, 3, 4)),
            DAY_START + moment,
            chance.choice((*HASHES, chance.randrange(1, 60))) if has_hash else 0,
            tuple(values),
        )

    def _asked(self) -> tuple[ClickQuery, Sequence[Question]]:
        chance = self.chance
        step = chance.choice((1, 900_000, DAY_MS))
        moments = range(0, DAYS * DAY_MS + 1, step)
        bounds = sorted({DAY_START + m for m in chance.choices(moments, k=6)} | {END})
        links = chance.choice(LINKS)
        query = ClickQuery(
            start_ms=bounds[0],
            end_ms=bounds[-1],
            links=None if links is None else frozenset(links),
            filters=self._filters() if chance.random() < 0.4 else (),
        )
        order, limit = chance.choice(list(Order)), chance.randrange(1, 5)
        breakdown = Breakdown(chance.choice(BY), order, limit)
        series = Series(tuple(bounds))
        return query, (Totals(), series, breakdown, TopLinks(order, limit))

    def _filters(self) -> tuple[Filter, ...]:
        given = (None, "a", "B", "agent", "no click has it")
        dimensions = {self.chance.choice(BY) for _ in range(2)}
        return tuple(
            Filter(
                dimension=dimension,
                values=frozenset(
                    self.chance.sample(given, self.chance.randrange(1, 4))
                ),
                is_negated=self.chance.random() < 0.5,
            )
            for dimension in sorted(dimensions)
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
async def test_both_stores_agree(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After everything that may happen, in any order."""
    monkeypatch.setattr(making, "BUSY", random.Random(seed).choice((1, 5, 256)))
    path = tmp_path / "clicks.db"
    async with await open_sqlite(path, timeout_seconds=60, report_seconds=600) as store:
        both = Round(seed, store)
        for _ in range(both.chance.randrange(4, 12)):
            await both.happen()
            await both.compare()
