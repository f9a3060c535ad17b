"""Deletes all that is known of a block of links, and of the journal of its clicks."""

import numpy as np

from waypost.adapters.columns.administration.days import chunks_of_day, days_with_rows
from waypost.adapters.columns.administration.erasure import erase_rows
from waypost.adapters.columns.chunks import read_columns
from waypost.adapters.columns.drivers.connection import Connection, changing, many
from waypost.adapters.columns.rolling.storing import decoded
from waypost.adapters.columns.writing.visitors import store_visitors, visitors_of
from waypost.domain.analytics.dimensions import DIMENSIONS, PLACES
from waypost.wire.click_store.columns import Column, column_of

_CODED = (Column.JOURNAL, *map(column_of, DIMENSIONS))
"""The columns whose numbers stand for texts."""


def erase_block_of_day(connection: Connection, day: int, first: int, last: int) -> int:
    """Delete the clicks of the links *first* to *last* on *day*; return how many.

    If no other is left, the day is not known any more.
    """
    with changing(connection):
        chunks = [
            chunk
            for chunk in chunks_of_day(connection, day)
            if chunk.first_link <= last and first <= chunk.last_link
        ]
        erased = erase_rows(
            connection,
            day,
            chunks,
            Column.LINK,
            lambda links: (links >= first) & (links <= last),
        )
        if erased:
            _forget_visitors(connection, day)
    return erased


def _forget_visitors(connection: Connection, day: int) -> None:
    """Delete the hashes of visitors without clicks on *day*, or all of the day."""
    chunks = chunks_of_day(connection, day)
    if not chunks:
        connection.run("DELETE FROM click_rollups WHERE day = ? AND is_month = 0", day)
        connection.run("DELETE FROM click_visitors WHERE day = ?", day)
        connection.run("DELETE FROM click_new_values WHERE day = ?", day)
        connection.run("DELETE FROM click_days WHERE day = ?", day)
        return
    known = visitors_of(connection, day)
    if len(known.hashes):
        parts = read_columns(connection, Column.VISITOR, chunks)
        is_left = np.isin(known.numbers, np.concatenate(parts))
        left = known._replace(
            hashes=known.hashes[is_left], numbers=known.numbers[is_left]
        )
        store_visitors(connection, day, left)


def forget_journal(
    connection: Connection, journal: str, *, first_link: int, last_link: int
) -> None:
    """Delete what is left of links without rows, and that *journal* was ever stored."""
    with changing(connection):
        connection.run(
            "DELETE FROM click_rollups WHERE scope BETWEEN ? AND ?",
            first_link,
            last_link,
        )
        connection.run("DELETE FROM click_ranges WHERE journal = ?", journal)


def forget_values(connection: Connection) -> None:
    """Delete the texts that no click has.

    No other process may write meanwhile: it might know their ids, and use them.
    """
    with changing(connection):
        used = _used_values(connection)
        for column in _CODED:
            rows: list[tuple[int]] = connection.fetch(
                "SELECT id FROM click_values WHERE dimension = ?", int(column)
            )
            unused = sorted({number for (number,) in rows} - used[column])
            connection.run(
                "DELETE FROM click_values WHERE dimension = ? AND id IN {numbers}",
                int(column),
                many(unused),
            )


def _used_values(connection: Connection) -> dict[int, set[int]]:
    """Return the numbers that chunks and roll-ups contain, by column."""
    used: dict[int, set[int]] = {column: set() for column in _CODED}
    for day in days_with_rows(connection):
        chunks = chunks_of_day(connection, day)
        for column in _CODED:
            for numbers in read_columns(connection, column, chunks):
                used[column].update(np.unique(numbers).tolist())
    # A day with rows has no other values, or its roll-ups are made again.
    rows: list[tuple[bytes]] = connection.fetch(
        "SELECT data FROM click_rollups WHERE is_month = 1 "
        "OR day IN (SELECT day FROM click_days WHERE expired = 1)"
    )
    for (data,) in rows:
        rollup = decoded(data)
        for dimension in DIMENSIONS:
            values = rollup.of(PLACES[dimension]).keys
            used[column_of(dimension)].update(values.tolist())
    return used
