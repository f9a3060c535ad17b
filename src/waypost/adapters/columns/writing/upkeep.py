"""The steps of upkeep: compaction, seals, and the end of hashes."""

from typing import Final

from waypost.adapters.columns.drivers.connection import UPKEEP, Connection
from waypost.adapters.columns.schema import set_state, state
from waypost.adapters.columns.writing.compaction import FULL, compact, join_small
from waypost.adapters.columns.writing.salts import destroy_before
from waypost.adapters.columns.writing.sealing import computed, switch, unsealed_days
from waypost.domain.analytics.enriched import day_of

_HOUR_MS: Final = 3_600_000
_LATE_MS: Final = _HOUR_MS
"""How long after its end a day is sealed, and how often again."""
_PAUSE_MS: Final = 60_000
"""How long clicks of a day that is over are gathered: many small runs are slow."""
_HASHES_MS: Final = 48 * _HOUR_MS
"""How long after their day visitors are recognised."""


def step(connection: Connection, now_ms: int) -> bool:
    """Do one step, and return whether there is more to do."""
    with connection.lease(UPKEEP) as is_held:
        return is_held and (
            _compact(connection, now_ms)
            or join_small(connection)
            or _seal(connection, now_ms)
            or _destroy(connection, now_ms)
        )


def _compact(connection: Connection, now_ms: int) -> bool:
    tail: list[tuple[int, int]] = connection.fetch(
        "SELECT coalesce(sum(rows), 0), coalesce(min(first_day), 0) FROM click_tail"
    )
    ((rows, first_day),) = tail
    is_over = first_day < day_of(now_ms - _LATE_MS)
    is_due = now_ms - state(connection, "compacted_at") >= _PAUSE_MS
    if rows >= FULL or (rows and is_over and is_due):
        compact(connection)
        with connection.writing():
            set_state(connection, "compacted_at", now_ms)
        return True
    return False


def _seal(connection: Connection, now_ms: int) -> bool:
    day = unsealed_days(
        connection,
        until=day_of(now_ms - _LATE_MS),
        sealed_before_ms=now_ms - _LATE_MS,
    )
    if day < 0:
        return False
    switch(connection, computed(connection, day), now_ms=now_ms)
    return True


def _destroy(connection: Connection, now_ms: int) -> bool:
    day = day_of(now_ms - _HASHES_MS)
    if state(connection, "hashes_from") < day:
        destroy_before(connection, day)
    return False
