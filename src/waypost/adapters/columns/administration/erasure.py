"""Deletes single clicks from chunks: those of a link, or of a visitor."""

from collections.abc import Callable, Sequence

import numpy as np

from waypost.adapters.columns.administration.days import chunks_of_day, note_change
from waypost.adapters.columns.chunks import (
    Chunk,
    delete_chunks,
    joined,
    read_columns,
    write_columns,
)
from waypost.adapters.columns.drivers.connection import Connection, changing
from waypost.adapters.columns.schema import raise_revision
from waypost.adapters.columns.writing.visitors import store_visitors, visitors_of
from waypost.wire.click_store.columns import (
    COLUMNS,
    Column,
    Mask,
    Whole,
    encode_column,
)


def erase_link_of_day(connection: Connection, day: int, link: int) -> int:
    """Delete the clicks of *link* on *day*; return how many."""
    with changing(connection):
        chunks = [
            chunk
            for chunk in chunks_of_day(connection, day)
            if chunk.first_link <= link <= chunk.last_link
        ]
        return erase_rows(
            connection, day, chunks, Column.LINK, lambda links: links == link
        )


def erase_rollups_of_link(connection: Connection, link: int) -> int:
    """Delete what is left of a link without rows; return how many clicks it was."""
    with changing(connection):
        rows: list[tuple[int]] = connection.fetch(
            "SELECT coalesce(sum(r.clicks), 0) FROM click_rollups r "
            "LEFT JOIN click_days d ON d.day = r.day "
            "WHERE r.scope = ? AND (r.is_month = 1 OR d.expired = 1)",
            link,
        )
        connection.run("DELETE FROM click_rollups WHERE scope = ?", link)
        if rows[0][0]:
            raise_revision(connection)
        return int(rows[0][0])


def erase_visitor(connection: Connection, day: int, visitor: int) -> int:
    """Delete the clicks of *visitor*, and the hash itself; return how many."""
    with changing(connection):
        visitors = visitors_of(connection, day)
        wanted = np.array([visitor], np.uint64)
        if not visitor or not np.isin(wanted, visitors.hashes).any():
            return 0
        number = int(visitors.find(wanted)[0])
        chunks = chunks_of_day(connection, day)
        erased = erase_rows(
            connection, day, chunks, Column.VISITOR, lambda found: found == number
        )
        is_other = visitors.hashes != visitor
        rest = visitors._replace(
            hashes=visitors.hashes[is_other], numbers=visitors.numbers[is_other]
        )
        store_visitors(connection, day, rest)
        return erased


def erase_rows(
    connection: Connection,
    day: int,
    chunks: Sequence[Chunk],
    column: int,
    is_erased: Callable[[Whole], Mask],
) -> int:
    """Delete the rows that *is_erased* finds in one column; return how many."""
    erased = 0
    for chunk, values in zip(
        chunks, read_columns(connection, column, chunks), strict=True
    ):
        kept = np.flatnonzero(~is_erased(values))
        if len(kept) == chunk.rows:
            continue
        erased += chunk.rows - len(kept)
        if len(kept):
            _keep(connection, chunk, kept)
        else:
            delete_chunks(connection, [chunk.id])
    if erased:
        note_change(connection, day, fewer=erased)
    return erased


def _keep(connection: Connection, chunk: Chunk, kept: Whole) -> None:
    columns = {column: joined(connection, column, [chunk])[kept] for column in COLUMNS}
    write_columns(
        connection,
        [(chunk.id, column, encode_column(part)) for column, part in columns.items()],
    )
    links = columns[Column.LINK]
    connection.run(
        "UPDATE click_chunks SET rows = ?, first_link = ?, last_link = ? WHERE id = ?",
        len(kept),
        int(links[0]),
        int(links[-1]),
        chunk.id,
    )
