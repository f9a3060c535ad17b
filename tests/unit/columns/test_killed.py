"""A process that is killed at any statement loses no click and stores none twice.

`STORE_KILLS` kills that many times; a few by default.
"""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.columns.killed import CLICKS
from waypost.adapters.columns.store import ClickStore, open_sqlite
from waypost.domain.analytics.questions import ClickQuery, Numbers, Totals

KILLS = int(os.environ.get("STORE_KILLS", "6"))
STATEMENTS = 1500
"""About how many a run has."""
ALWAYS = ClickQuery(start_ms=0, end_ms=2**42)


def store_until(path: Path, statement: int) -> int:
    """Run the process, and return its exit status."""
    command = [sys.executable, "-m", "tests.unit.columns.killed"]
    return subprocess.run(
        [*command, str(path), str(statement)], check=False, timeout=300
    ).returncode


def truth() -> Numbers:
    """What the clicks are."""
    people = [click for click in CLICKS if not click.is_machine]
    visitors = {(c.time_ms // 86_400_000, c.visitor) for c in people if c.visitor}
    return Numbers(len(people), len(CLICKS) - len(people), len(visitors))


async def numbers(store: ClickStore) -> Numbers:
    """What the store says."""
    (found,) = (await store.ask(ALWAYS, [Totals()])).answers
    assert isinstance(found, Numbers)
    return found


@pytest.mark.slow
async def test_kills_change_nothing(path: Path) -> None:
    """After each kill the numbers are at most the truth, and in the end they are it."""
    chance = random.Random(int(os.environ.get("STORE_SEED", "1")))
    for _ in range(KILLS):
        status = store_until(path, chance.randrange(1, STATEMENTS))
        assert status in {0, -signal.SIGKILL}
        async with await open_sqlite(path, timeout_seconds=60) as store:
            assert (await numbers(store)).clicks <= len(CLICKS)
    assert store_until(path, 0) == 0
    async with await open_sqlite(path, timeout_seconds=60) as store:
        found = await numbers(store)
        # Visitors of a day whose hashes are deleted are new when they come late.
        assert found[:2] == truth()[:2]
        checks = [check async for check in store.verify()]
    assert [check for check in checks if not check.is_equal] == []
    assert len(checks) == 4
