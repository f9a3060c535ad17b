"""A process that adds clicks and seals days, and is killed at one step after the other.

    python -m tests.integration.clickhouse.worker CLICKHOUSE_URL DATABASE DATABASE_URL

Each life of the worker adds some of its clicks, cut into other batches than before,
and ends by SIGKILL at its n-th call of the record or the server, before it or after
it; the last life does all. Prints how often it was killed.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from tests.clickhouse.fixtures import SECONDS
from tests.integration.clickhouse.made import DAY, clicks_of
from waypost.adapters.clickhouse.client import Address, ClickHouse
from waypost.adapters.clickhouse.schema import Tables
from waypost.adapters.clickhouse.store import ClickHouseClicks
from waypost.adapters.sql.block_records import SqlBlockRecords
from waypost.adapters.sql.opening import open_database
from waypost.domain.analytics.enriched import DAY_MS

NUMBER: Final = 400
PER_LIFE: Final = 40
CALLS: Final = {
    SqlBlockRecords: ("stored", "record", "confirm", "next_number", "seal"),
    ClickHouse: ("insert", "run"),
}
"""What changes something, or decides what is changed."""
P = ParamSpec("P")
T = TypeVar("T")


class Countdown:
    """Ends this process at its n-th step."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def step(self) -> None:
        """Count a step."""
        self._steps -= 1
        if self._steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        """Return *method* with a step before it, and one after it."""

        @wraps(method)
        async def stepping(*args: P.args, **kwargs: P.kwargs) -> T:
            self.step()
            result = await method(*args, **kwargs)
            self.step()
            return result

        return stepping


async def live(address: Address, database_url: str, first: int, number: int) -> None:
    """Add the clicks from *first* on, and seal the first of their days."""
    database = await open_database(database_url, timeout_seconds=SECONDS)
    server = ClickHouse(address, timeout_seconds=SECONDS, max_rows_to_read=0)
    store = ClickHouseClicks(server, SqlBlockRecords(database), tables=Tables())
    # Half of them in a week of its own: a batch is more than one block.
    await store.add(
        [
            *clicks_of(first, number),
            *clicks_of(first, number, day=DAY + 7, journal="another"),
        ]
    )
    while await store.keep(now_ms=(DAY + 3) * DAY_MS):
        pass
    await store.aclose()
    await database.aclose()


def killed_at(step: int, address: Address, database_url: str) -> bool:
    """Live in a process of its own, and return whether it was killed at *step*."""
    child = os.fork()
    if child == 0:
        countdown = Countdown(step)
        for kind, names in CALLS.items():
            for name in names:
                setattr(kind, name, countdown.around(getattr(kind, name)))
        first = 1 + step * 7 % (NUMBER - PER_LIFE)
        asyncio.run(live(address, database_url, first, PER_LIFE))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, status
    return status != 0


def main() -> None:
    """Live until no step is left."""
    url, database, database_url = sys.argv[1:]
    address = Address(url=url, database=database)
    step = 1
    while killed_at(step, address, database_url):
        step += 1
    asyncio.run(live(address, database_url, 1, NUMBER))
    sys.stdout.write(f"{step - 1}\n")


if __name__ == "__main__":
    main()
