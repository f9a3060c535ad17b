"""A process that stores clicks and kills itself at a statement: see `test_killed`.

python -m tests.unit.columns.killed FILE STATEMENT
"""

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from tests.unit.columns.samples import DAY_START, random_clicks
from waypost.adapters.columns import schema
from waypost.adapters.columns.drivers.connection import Value
from waypost.adapters.columns.drivers.sqlite import SqliteConnection
from waypost.adapters.columns.writing.adding import add
from waypost.adapters.columns.writing.upkeep import step
from waypost.adapters.columns.writing.values import ValueIds
from waypost.domain.analytics.enriched import DAY_MS

T = TypeVar("T")
CLICKS = random_clicks(7, 3000)
BATCH = 200
HOUR_MS = 3_600_000


class KilledConnection(SqliteConnection):
    """A connection whose process is killed before its n-th statement."""

    left = 0

    def fetch(self, sql: str, *parameters: Value) -> list[T]:
        """Count the statement."""
        self._count()
        return super().fetch(sql, *parameters)

    def run(self, sql: str, *parameters: Value) -> None:
        """Count the statement."""
        self._count()
        super().run(sql, *parameters)

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Count the statement."""
        self._count()
        super().run_many(sql, rows)

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def store_all(connection: SqliteConnection) -> None:
    """Add every click, with upkeep between, as a process does that starts again."""
    schema.prepare(connection, schema.SQLITE)
    ids = ValueIds()
    now_ms = DAY_START + 5 * DAY_MS
    for start in range(0, len(CLICKS), BATCH):
        # Some come again, as after a crash.
        add(connection, ids, CLICKS[max(0, start - 50) : start + BATCH], (), {})
        now_ms += 2 * HOUR_MS
        while step(connection, now_ms):
            pass


def main() -> None:
    """Store all clicks, or be killed."""
    connection = KilledConnection(Path(sys.argv[1]), timeout_seconds=60)
    connection.left = int(sys.argv[2])
    store_all(connection)
    print(-connection.left)
    connection.close()


if __name__ == "__main__":
    main()
