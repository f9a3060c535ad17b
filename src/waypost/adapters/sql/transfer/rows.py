"""All rows of the database, out of one snapshot and into an empty schema.

Rows are JSON lines, so that they fit each kind of database, and a later release.
"""

from base64 import b64decode
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy import (
    Connection,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    func,
    insert,
    inspect,
    select,
    text,
    tuple_,
)

from waypost.adapters.sql.dialect import SQLITE, ordered
from waypost.adapters.sql.tables import metadata

TRANSFER_SECONDS: Final = 86_400.0
"""Deadline for all rows."""

_CHUNK_ROWS: Final = 10_000
_LOCK_WAIT: Final = text("SET LOCAL lock_timeout = '10s'")


def table_columns() -> dict[str, list[str]]:
    """Return the columns of every table that is not derived from others."""
    return {
        str(table.name): [str(column.name) for column in table.columns]
        for table in metadata.sorted_tables
        if not table.info
    }


def row_chunks(connection: Connection, name: str) -> Iterator[tuple[int, bytes]]:
    """Yield the rows of a table, some at a time: how many, and their lines.

    Their order is the same in each kind of database.
    """
    table = metadata.tables[name]
    key_columns = list(table.primary_key.columns)
    keys = [ordered(connection, key) for key in key_columns]
    page = select(table).order_by(*keys).limit(_CHUNK_ROWS)
    types = [key.type for key in key_columns]
    places = [list(table.columns).index(key) for key in key_columns]
    last: Sequence[object] | None = None
    while True:
        beyond = (
            page
            if last is None
            else page.where(tuple_(*keys) > tuple_(*last, types=types))
        )
        rows = connection.execute(beyond).all()
        if not rows:
            return
        last = [rows[-1][place] for place in places]
        yield len(rows), msgspec.json.Encoder().encode_lines(map(tuple, rows))


def present_tables(connection: Connection) -> set[str]:
    """Return which of the tables' names there are in a database."""
    return set(inspect(connection).get_table_names()) & set(metadata.tables)


def count_rows(connection: Connection, *, but: Container[str] = ()) -> int:
    """Return how many rows the tables hold; 0 also where there are no tables.

    The tables *but*, and those that are derived from others, are left out.
    """
    return sum(
        connection.scalar(select(func.count()).select_from(metadata.tables[name])) or 0
        for name in present_tables(connection)
        if name not in but and not metadata.tables[name].info
    )


def other_users(connection: Connection) -> int:
    """Return how many other connections of Waypost use a PostgreSQL database."""
    if connection.dialect.name == SQLITE:
        return 0
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'waypost' AND pid <> pg_backend_pid()"
    )
    return int(connection.scalar(others) or 0)


def drop_tables(connection: Connection) -> None:
    """Drop every table of ours, with what it holds."""
    if connection.dialect.name != SQLITE:
        connection.execute(_LOCK_WAIT)
    for name in (*metadata.tables, "alembic_version"):
        connection.execute(text(f'DROP TABLE IF EXISTS "{name}"'))


class Loader:
    """Puts rows into tables of the revision that they were taken from."""

    def __init__(self, connection: Connection, columns: dict[str, list[str]]) -> None:
        self._connection = connection
        self._columns = columns
        known = MetaData()
        known.reflect(connection, only=list(columns))
        self._tables = known.tables

    def add(self, name: str, lines: bytes) -> int:
        """Add the rows in *lines* to a table; return how many."""
        table, columns = self._tables[name], self._columns[name]
        dialect = self._connection.dialect.name
        decoders = [_decoder(dialect, table.columns[one].type) for one in columns]
        rows = [
            {
                column: decode(value)
                for column, decode, value in zip(columns, decoders, row, strict=True)
            }
            for row in msgspec.json.Decoder(list[object]).decode_lines(lines)
        ]
        if rows:
            self._connection.execute(insert(table), rows)
        return len(rows)

    def finish(self) -> None:
        """Make sequences of the database continue above the numbers of the rows."""
        if self._connection.dialect.name == SQLITE:
            return
        for table in self._tables.values():
            for column in table.primary_key.columns:
                if column.server_default is not None and _is_number(column.type):
                    sequence = func.pg_get_serial_sequence(table.name, column.name)
                    highest = func.setval(sequence, func.max(column))
                    self._connection.execute(select(highest).having(func.count() > 0))


def _is_number(of: object) -> bool:
    return isinstance(of, Integer)


def _decoder(dialect: str, of: object) -> Callable[[object], object]:
    if isinstance(of, LargeBinary):
        return _bytes
    if not isinstance(of, DateTime):
        return _as_it_is
    # SQLite keeps moments in UTC, without a time zone.
    return _naive_moment if dialect == SQLITE else _moment


def _as_it_is(value: object) -> object:
    return value


def _bytes(value: object) -> object:
    if value is None:
        return None
    assert isinstance(value, str), "bytes are written as base64"
    return b64decode(value, validate=True)


def _moment(value: object) -> object:
    if value is None:
        return None
    assert isinstance(value, str), "a moment is written as text"
    return datetime.fromisoformat(value).astimezone(UTC)


def _naive_moment(value: object) -> object:
    moment = _moment(value)
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else None
