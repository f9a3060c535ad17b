"""Runs of chunks: how the columns of a day are written, read and deleted."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from waypost.adapters.columns.drivers.connection import Connection, many
from waypost.adapters.columns.schema import state
from waypost.domain.errors import DatabaseDamaged
from waypost.wire.click_store.columns import (
    COLUMNS,
    EMPTY,
    Column,
    Part,
    StoredColumn,
    Whole,
    decode_column,
    encode_column,
)

CHUNK_ROWS: Final = 8000

Columns: TypeAlias = Mapping[int, Whole]
"""Arrays of one length, by column."""

_CHUNK_BITS: Final = 40


class Chunk(NamedTuple):
    """What the directory says of a chunk."""

    id: int
    day: int
    first_link: int
    last_link: int
    rows: int
    run: int


class EncodedRun(NamedTuple):
    """A run that is ready to be written; the chunks have no ids yet."""

    chunks: list[tuple[int, int, int]]
    """First link, last link and rows of each."""
    columns: list[tuple[int, int, StoredColumn]]
    """The place of the chunk, the column, and its numbers."""


def sorted_by_link(columns: Columns) -> dict[int, Whole]:
    """Return *columns* in the order of a run: by link, then by moment."""
    order = np.lexsort((columns[Column.MS], columns[Column.LINK]))
    return {column: values[order] for column, values in columns.items()}


def encode_run(columns: Columns) -> EncodedRun:
    """Return *columns*, in the order of a run, as chunks."""
    links = columns[Column.LINK]
    starts = range(0, len(links), CHUNK_ROWS)
    parts = [slice(start, min(start + CHUNK_ROWS, len(links))) for start in starts]
    return EncodedRun(
        [
            (int(links[part.start]), int(links[part.stop - 1]), part.stop - part.start)
            for part in parts
        ],
        [
            (at, column, encoded)
            for at, part in enumerate(parts)
            for column, values in columns.items()
            if (encoded := encode_column(values[part])) != EMPTY
        ],
    )


def write_run(connection: Connection, day: int, run: EncodedRun) -> None:
    """Write *run* as one more run of *day*."""
    first = state(connection, "next_chunk")
    connection.run(
        "UPDATE click_state SET value = value + ? WHERE name = 'next_chunk'",
        len(run.chunks),
    )
    connection.run_many(
        "INSERT INTO click_chunks (id, day, run, first_link, last_link, rows) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [(first + at, day, first, *ends) for at, ends in enumerate(run.chunks)],
    )
    write_columns(
        connection,
        [(first + at, column, stored) for at, column, stored in run.columns],
    )


def write_columns(
    connection: Connection, columns: Iterable[tuple[int, int, StoredColumn]]
) -> None:
    """Write columns: chunk, column and numbers of each."""
    connection.run_many(
        "INSERT INTO click_columns (id, form, data) VALUES (?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET form = excluded.form, data = excluded.data",
        [(_key(chunk, column), *stored) for chunk, column, stored in columns],
    )


def chunks_of(connection: Connection, first_day: int, last_day: int) -> list[Chunk]:
    """Return the chunks of the days, both included, by id."""
    rows: list[tuple[int, int, int, int, int, int]] = connection.fetch(
        "SELECT id, day, first_link, last_link, rows, run FROM click_chunks "
        "WHERE day BETWEEN ? AND ? ORDER BY day, id",
        first_day,
        last_day,
    )
    return [Chunk(*row) for row in rows]


def delete_chunks(connection: Connection, chunks: Iterable[int]) -> None:
    """Delete chunks with all their columns."""
    ids = sorted(chunks)
    keys = [_key(chunk, column) for column in COLUMNS for chunk in ids]
    connection.run("DELETE FROM click_columns WHERE id IN {numbers}", many(keys))
    connection.run("DELETE FROM click_chunks WHERE id IN {numbers}", many(ids))


def stored_columns(
    connection: Connection, column: int, chunks: Sequence[int]
) -> dict[int, StoredColumn]:
    """Return one column of *chunks*, by chunk; those that are all 0 are missing."""
    base = column << _CHUNK_BITS
    # A day that is sealed again gets higher ids than the days after it.
    first, last = min(chunks), max(chunks)
    found: list[tuple[int, int, bytes | None]]
    if last - first == len(chunks) - 1:
        found = connection.fetch(
            "SELECT id, form, data FROM click_columns WHERE id BETWEEN ? AND ?",
            base | first,
            base | last,
        )
    else:
        found = connection.fetch(
            "SELECT id, form, data FROM click_columns WHERE id IN {numbers}",
            many([base | chunk for chunk in chunks]),
        )
    return {key - base: StoredColumn(form, data) for key, form, data in found}


def read_columns(
    connection: Connection,
    column: int,
    chunks: Sequence[Chunk],
    parts: Iterable[Part | None] = repeat(None),
) -> list[Whole]:
    """Return the numbers of one column of each of *chunks*, or of parts of them."""
    if not chunks:
        return []
    stored = stored_columns(connection, column, [chunk.id for chunk in chunks])
    try:
        return [
            decode_column(stored.get(chunk.id, EMPTY), chunk.rows, part)
            for chunk, part in zip(chunks, parts, strict=False)
        ]
    except ValueError as error:
        raise DatabaseDamaged from error


def read_day(connection: Connection, chunks: Sequence[Chunk]) -> dict[int, Whole]:
    """Return all columns of the chunks of a day, one after another."""
    return {column: joined(connection, column, chunks) for column in COLUMNS}


def joined(connection: Connection, column: int, chunks: Sequence[Chunk]) -> Whole:
    """Return the numbers of one column of all *chunks*, one after another."""
    return np.concatenate(read_columns(connection, column, chunks))


def _key(chunk: int, column: int) -> int:
    return column << _CHUNK_BITS | chunk
