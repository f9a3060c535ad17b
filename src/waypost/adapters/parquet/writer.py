"""Writes Parquet, one row group at a time.

A file is complete only with its end, which lists the row groups: a reader refuses one
that was broken off.
"""

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from waypost.ports.batch.tables import Columns, Field, Kind

GROUP_ROWS: Final = 65_536
"""Rows of a row group, which is what a writer and a reader hold in memory."""

_CODES: Final = pa.dictionary(pa.int32(), pa.string())
_TYPES: Final = {
    Kind.TEXT: pa.string(),
    Kind.CHOICE: _CODES,
    Kind.IDENTITY: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.MOMENT: pa.timestamp("ms", tz="UTC"),
    Kind.FLAG: pa.bool_(),
}


class ParquetWriter:
    """Writes one table."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._schema = pa.schema([(field.name, _TYPES[field.kind]) for field in fields])
        self._sent = _Sent()
        self._writer = pq.ParquetWriter(
            self._sent,
            self._schema,
            compression="zstd",
            use_dictionary=[each.name for each in fields if each.kind is Kind.CHOICE],
            column_encoding={
                each.name: "DELTA_BYTE_ARRAY"
                for each in fields
                if each.kind is Kind.IDENTITY
            },
        )
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, columns: Columns) -> bytes:
        """Take some rows; return a row group where there are enough for one."""
        batch = pa.record_batch(
            [
                pa.array(values, type=of.type)
                for values, of in zip(columns, self._schema, strict=True)
            ],
            schema=self._schema,
        )
        self._batches.append(batch)
        self._rows += batch.num_rows
        if self._rows >= GROUP_ROWS:
            self._write_group()
        return self._sent.take()

    def end(self) -> bytes:
        """Return the last row group, and the list of all."""
        if self._rows:
            self._write_group()
        self._writer.close()
        return self._sent.take()

    def _write_group(self) -> None:
        table = pa.Table.from_batches(self._batches, self._schema)
        self._writer.write_table(table.unify_dictionaries(), row_group_size=self._rows)
        self._batches, self._rows = [], 0


class _Sent:
    """A file that is only written: holds what was not taken yet."""

    closed: Final = False

    def __init__(self) -> None:
        self._content = bytearray()

    def write(self, content: bytes) -> int:
        """Append *content*."""
        self._content += content
        return len(content)

    def flush(self) -> None:
        """Do nothing: all is in memory."""

    def close(self) -> None:
        """Do nothing: what was written is yet to be taken."""

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken = bytes(self._content)
        self._content.clear()
        return taken
