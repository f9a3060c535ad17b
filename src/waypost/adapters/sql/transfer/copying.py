"""Copying every row of an embedded database to PostgreSQL, and comparing them.

Both take some thousand rows at a time, however many there are.
"""

from collections.abc import Callable, Iterator
from itertools import zip_longest

from sqlalchemy import Connection

from waypost.adapters.sql.sqlite.errors import translated_errors
from waypost.adapters.sql.transfer.rows import Loader, row_chunks, table_columns


def copy_rows(
    source: Connection, target: Connection, *, progress: Callable[[int], None]
) -> None:
    """Add the rows of all tables of *source* to the empty tables of *target*.

    *progress* gets the number of rows.

    Raises:
        BackendUnavailable: *source* cannot be read.
    """
    columns = table_columns()
    loader = Loader(target, columns)
    rows = 0
    for table in columns:
        for _, lines in _source_chunks(source, table):
            rows += loader.add(table, lines)
            progress(rows)
    loader.finish()


def differing_table(
    source: Connection, target: Connection, *, progress: Callable[[int], None]
) -> str | None:
    """Return a table whose rows are not the same in both; None: there is none.

    *progress* gets the number of rows.

    Raises:
        BackendUnavailable: *source* cannot be read.
    """
    rows = 0
    for table in table_columns():
        both = zip_longest(_source_chunks(source, table), row_chunks(target, table))
        for one, other in both:
            if one is None or one != other:
                return table
            rows += one[0]
            progress(rows)
    return None


def _source_chunks(source: Connection, table: str) -> Iterator[tuple[int, bytes]]:
    # Only errors of SQLite while it reads: the other side raises its own.
    with translated_errors():
        yield from row_chunks(source, table)
