"""All rows of the store of clicks, which has tables of its own beside the others'.

Their bytes are base64 in the JSON lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, MetaData, inspect, select, tuple_

from waypost.adapters.sql.dialect import ordered
from waypost.adapters.sql.transfer.rows import Loader

_CHUNK_ROWS: Final = 256
"""A row has up to half a megabyte."""


class ClickTables:
    """The tables of a store of clicks that are moved from one database to another."""

    def __init__(self, connection: Connection, names: Sequence[str]) -> None:
        """Take those of the tables *names* that there are."""
        self._connection = connection
        present = set(inspect(connection).get_table_names())
        known = MetaData()
        known.reflect(connection, only=[name for name in names if name in present])
        self._tables = known.tables

    def columns(self) -> dict[str, list[str]]:
        """Return the columns of each table."""
        return {
            name: [str(column.name) for column in table.columns]
            for name, table in self._tables.items()
        }

    def chunks(self, name: str) -> Iterator[tuple[int, bytes]]:
        """Yield the rows of a table, some at a time: how many, and their lines.

        Their order is the same in each kind of database.
        """
        table = self._tables[name]
        key_columns = list(table.primary_key.columns)
        keys = [ordered(self._connection, key) for key in key_columns]
        types = [key.type for key in key_columns]
        places = [list(table.columns).index(key) for key in key_columns]
        page = select(table).order_by(*keys).limit(_CHUNK_ROWS)
        beyond = page
        while rows := self._connection.execute(beyond).all():
            yield len(rows), msgspec.json.Encoder().encode_lines(map(tuple, rows))
            last = [rows[-1][place] for place in places]
            beyond = page.where(tuple_(*keys) > tuple_(*last, types=types))

    def empty(self) -> None:
        """Delete every row."""
        for table in self._tables.values():
            self._connection.execute(table.delete())

    def loader(self, columns: Mapping[str, Sequence[str]]) -> Loader:
        """Return what puts rows with these *columns* into the tables."""
        return Loader(
            self._connection, {name: list(each) for name, each in columns.items()}
        )
