"""Moves clicks from the tail into runs of chunks."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from waypost.adapters.columns.chunks import (
    Columns,
    encode_run,
    sorted_by_link,
    write_run,
)
from waypost.adapters.columns.drivers.connection import Connection, changing, many
from waypost.adapters.columns.rolling.months import add_to_rollups
from waypost.adapters.columns.schema import state
from waypost.adapters.columns.writing.adding import append_tail
from waypost.adapters.columns.writing.visitors import store_visitors, visitors_of
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.errors import DatabaseDamaged
from waypost.wire.click_store.columns import COLUMNS, Column, Whole
from waypost.wire.click_store.tail import decode_tail, encode_tail_arrays

FULL: Final = 65_536
"""How many clicks make a compaction worth while."""
_MOST: Final = 262_144
"""How many clicks one compaction takes at most, but for the last batch."""
_SMALL: Final = 4096
"""Batches of fewer clicks are joined, when there are many."""
_MANY: Final = 64


def join_small(connection: Connection) -> bool:
    """Make one batch of many small ones; return whether there were many."""
    with changing(connection):
        rows: list[tuple[int, int, bytes, int, int]] = connection.fetch(
            "SELECT id, rows, data, first_day, last_day FROM click_tail "
            "WHERE rows < ? ORDER BY id",
            _SMALL,
        )
        if len(rows) < _MANY:
            return False
        rows = rows[: _enough([row[1] for row in rows])]
        columns = joined_tail([(number, data) for _, number, data, _, _ in rows])
        _delete(connection, [row[0] for row in rows])
        append_tail(
            connection,
            sum(row[1] for row in rows),
            min(row[3] for row in rows),
            max(row[4] for row in rows),
            encode_tail_arrays({c: v for c, v in columns.items() if v.any()}),
        )
    return True


def compact(connection: Connection) -> int:
    """Make chunks of the oldest batches; return how many clicks they held."""
    with changing(connection):
        batches: list[tuple[int, int]] = connection.fetch(
            "SELECT id, rows FROM click_tail ORDER BY id"
        )
        enough = _enough([rows for _, rows in batches])
        chosen = [number for number, _ in batches[:enough]]
        if not chosen:
            return 0
        stored: list[tuple[int, bytes]] = connection.fetch(
            "SELECT rows, data FROM click_tail WHERE id IN {numbers} ORDER BY id",
            many(chosen),
        )
        columns = joined_tail(stored)
        for day, part in by_day(columns):
            add_run(connection, day, part)
        _delete(connection, chosen)
        return len(columns[Column.LINK])


def joined_tail(batches: Sequence[tuple[int, bytes]]) -> dict[int, Whole]:
    """Return all columns of *batches*, one after another."""
    try:
        decoded = [decode_tail(data, rows) for rows, data in batches]
    except ValueError as error:
        raise DatabaseDamaged from error
    return {
        column: np.concatenate([batch[column] for batch in decoded])
        for column in COLUMNS
    }


def by_day(columns: Columns) -> list[tuple[int, dict[int, Whole]]]:
    """Return the clicks of each day, whose moments then count from its beginning."""
    moments = columns[Column.MS].astype(np.int64)
    days = moments // DAY_MS
    parts: list[tuple[int, dict[int, Whole]]] = []
    for day in np.unique(days).tolist():
        chosen = np.flatnonzero(days == day)
        part = {column: values[chosen] for column, values in columns.items()}
        part[Column.MS] = moments[chosen] - day * DAY_MS
        parts.append((day, part))
    return parts


def add_run(connection: Connection, day: int, columns: Columns) -> None:
    """Store clicks of *day*, with the hashes of their visitors, as one more run."""
    known = visitors_of(connection, day)
    numbers, visitors = known.numbered(columns[Column.VISITOR])
    if day >= state(connection, "hashes_from"):
        store_visitors(connection, day, visitors)
    expired: list[tuple[int]] = connection.fetch(
        "SELECT expired FROM click_days WHERE day = ?", day
    )
    if expired and expired[0][0]:
        # Visitors that the roll-ups may have counted are not counted again.
        numbers = np.where(numbers > known.highest, numbers, 0)
        add_to_rollups(connection, day, {**columns, Column.VISITOR: numbers})
        connection.run(
            "UPDATE click_days SET visitors = ? WHERE day = ?", visitors.highest, day
        )
        return
    run = sorted_by_link({**columns, Column.VISITOR: numbers})
    write_run(connection, day, encode_run(run))
    connection.run(
        "INSERT INTO click_days "
        "(day, rows, visitors, version, rolled, sealed_at, expired) "
        "VALUES (?, ?, ?, 1, 0, 0, 0) ON CONFLICT (day) DO UPDATE SET "
        "rows = click_days.rows + excluded.rows, visitors = excluded.visitors, "
        "version = click_days.version + 1",
        day,
        len(numbers),
        visitors.highest,
    )


def _enough(rows: Sequence[int]) -> int:
    """Return how many batches of so many *rows* one compaction takes."""
    chosen, taken = 0, 0
    while chosen < len(rows) and taken < _MOST:
        taken += rows[chosen]
        chosen += 1
    return chosen


def _delete(connection: Connection, batches: Sequence[int]) -> None:
    connection.run("DELETE FROM click_tail WHERE id IN {numbers}", many(batches))
