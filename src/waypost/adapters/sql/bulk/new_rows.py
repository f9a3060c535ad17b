"""Add many rows to a table by few statements.

SQLite gets the values of up to 256 rows as parameters of one statement: taking JSON
apart costs it as much as storing the rows. PostgreSQL gets each column as an array, or
as one value if all rows have the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final, TypeAlias

from sqlalchemy import Connection

from waypost.adapters.sql.dialect import SQLITE

Row: TypeAlias = Sequence[int | str | None]

MOMENT: Final = "timestamptz"
"""A type, written as SQLite keeps it: in UTC, without a time zone."""
_MOST_OF_SQLITE: Final = 256
"""A power of two, as all sizes are: few statements are prepared, and kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRows:
    """Rows of one table; the first column differs in all of them."""

    table: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    """Of the columns, as PostgreSQL calls them."""
    ending: str = ""
    """What follows the rows in the statement."""
    around: str = "{}"
    """What is around the statement on PostgreSQL."""

    def add(self, connection: Connection, rows: Sequence[Row]) -> Sequence[int]:
        """Store *rows*; return the first columns of what the statements return."""
        found: list[int] = []
        is_sqlite = connection.dialect.name == SQLITE
        for text, values in self._on_sqlite(rows) if is_sqlite else self._else(rows):
            result = connection.exec_driver_sql(text, values)
            if result.returns_rows:
                found += result.scalars()
        return found

    def _on_sqlite(self, rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
        first = 0
        while left := len(rows) - first:
            size = min(1 << left.bit_length() - 1, _MOST_OF_SQLITE)
            part = rows[first : first + size]
            yield _text_for_sqlite(self, size), tuple(chain.from_iterable(part))
            first += size

    def _else(self, rows: Sequence[Row]) -> Iterator[tuple[str, tuple[object, ...]]]:
        if not rows:
            return
        columns = [*zip(*rows, strict=True)]
        differ = tuple(
            at == 0 or column.count(column[0]) < len(column)
            for at, column in enumerate(columns)
        )
        values = tuple(
            column if is_array else column[0]
            for column, is_array in zip(columns, differ, strict=True)
        )
        yield _text_for_postgres(self, differ), values


@lru_cache(maxsize=64)
def _text_for_sqlite(new: NewRows, size: int) -> str:
    row = f"({', '.join('?' * len(new.columns))})"
    return f"{_inserting(new)} VALUES {', '.join([row] * size)} {new.ending}"


@lru_cache(maxsize=64)
def _text_for_postgres(new: NewRows, differ: tuple[bool, ...]) -> str:
    arrays, names, values = [], [], []
    for number, (of, is_array) in enumerate(zip(new.types, differ, strict=True), 1):
        kept = "text" if of == MOMENT else of
        value = f"c{number}" if is_array else f"${number}::{kept}"
        if is_array:
            arrays.append(f"${number}::{kept}[]")
            names.append(value)
        values.append(f"({value} || '+00')::{of}" if of == MOMENT else value)
    rows = f"unnest({', '.join(arrays)}) AS rows({', '.join(names)})"
    inserting = f"{_inserting(new)} SELECT {', '.join(values)} FROM {rows} {new.ending}"  # noqa: S608 - names of tables only
    return new.around.format(inserting)


def _inserting(new: NewRows) -> str:
    return f"INSERT INTO {new.table} ({', '.join(new.columns)})"
