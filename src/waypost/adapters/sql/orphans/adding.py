"""Adding a batch of orphans once, and keeping the table within its bounds."""

import time
from functools import cache
from typing import Final

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Text,
    delete,
    select,
    true,
)

from waypost.adapters.sql.dialect import (
    Insert,
    Locks,
    batch,
    columns_of,
    inserting,
    lock,
)
from waypost.adapters.sql.orphans.bounds import keep_within
from waypost.adapters.sql.orphans.summing import COLUMNS, summing
from waypost.adapters.sql.tables import orphan_batches, orphan_visits
from waypost.ports.analytics.orphans import OrphanBatch, OrphanBounds

_BIG: Final = BigInteger()
_TYPES: Final = (Text, Text, Text, Integer, _BIG, _BIG, _BIG, _BIG)
_REMEMBERED_MS: Final = 7 * 86_400_000
"""For how long a process may try to store the same batch."""


def add_batch(
    connection: Connection, stored: OrphanBatch, *, bounds: OrphanBounds
) -> None:
    """Store a batch, unless it was stored already."""
    # One at a time: two that add the same codes would wait for each other.
    lock(connection, Locks.ORPHANS, [0])
    if not _is_new(connection, stored):
        return
    dialect = connection.dialect.name
    rows = batch(
        (
            *(key.kind, key.domain, key.text, key.day),
            *(tally.people, tally.machines, tally.first_ms, tally.last_ms),
        )
        for key, tally in stored.tallies.items()
    )
    connection.execute(_adding(dialect), {"rows": rows})
    for kind in {key.kind for key in stored.tallies}:
        keep_within(connection, kind, bounds)


def _is_new(connection: Connection, stored: OrphanBatch) -> bool:
    """Record *stored*; False: it is recorded already."""
    now_ms = time.time_ns() // 1_000_000
    last = connection.scalar(
        select(orphan_batches.c.number).where(orphan_batches.c.source == stored.source)
    )
    if last is not None and last >= stored.number:
        return False
    recording = inserting(connection.dialect.name, orphan_batches).values(
        source=stored.source, number=stored.number, stored_ms=now_ms
    )
    fresh = recording.excluded
    connection.execute(
        recording.on_conflict_do_update(
            index_elements=["source"],
            set_={"number": fresh["number"], "stored_ms": fresh["stored_ms"]},
        )
    )
    old = orphan_batches.c.stored_ms < now_ms - _REMEMBERED_MS
    connection.execute(delete(orphan_batches).where(old))
    return True


@cache
def _adding(dialect: str) -> Insert:
    rows = select(*columns_of(dialect, "rows", *_TYPES)).where(true())
    adding = inserting(dialect, orphan_visits).from_select(list(COLUMNS), rows)
    return summing(adding)
