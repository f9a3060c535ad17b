"""Adds, upkeep, jobs and reads in any order agree with the plainest store.

`STORE_ROUNDS` begins that many stores; two by default. `STORE_SEED` is the seed of the
first one; a failure names its own.
"""

import os

import pytest

from tests.contract.reports.stores import exported
from tests.unit.columns.test_random import Round
from waypost.adapters.clickhouse.store import ClickHouseClicks

ROUNDS = int(os.environ.get("STORE_ROUNDS", "2"))
SEED = int(os.environ.get("STORE_SEED", "1"))


class ClickHouseRound(Round):
    """A store in ClickHouse beside the plainest one."""

    async def compare(self) -> None:
        """Ask both stores the same."""
        ours, truth = self.stores
        for _ in range(3):
            query, questions = self._asked()
            got = await ours.ask(query, questions)
            expected = await truth.ask(query, questions)
            for at, question in enumerate(questions):
                assert got.answers[at] == expected.answers[at], (query, question)
        query, _ = self._asked()
        # Within a day each store has an order of its own.
        found = [sorted(await exported(each, query)) for each in self.stores]
        assert found[0] == found[1]
        assert [day async for day in ours.verify() if not day.is_equal] == []


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
async def test_both_stores_agree(
    seed: int, clickhouse_clicks: ClickHouseClicks
) -> None:
    """After everything that may happen, in any order."""
    both = ClickHouseRound(seed, clickhouse_clicks)
    for _ in range(both.chance.randrange(4, 9)):
        await both.happen()
        await both.compare()
