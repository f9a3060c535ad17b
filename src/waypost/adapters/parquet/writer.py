"""Writes Parquet, one row group at a time.

A file is complete only with its end, which lists the row groups: a reader refuses one
that was broken off.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from waypost.ports.batch.columns import Coded, Column, Joined, Numbers, Plain
from waypost.ports.batch.tables import Columns, Field, Kind

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

    def __init__(self, fields: Sequence[Field], *, group_rows: int) -> None:
        """Begin a table of *fields*; all row groups but the last have *group_rows*."""
        self._group_rows = group_rows
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
        """Take some rows; return the row groups for which there are enough."""
        arrays = [
            _array(column, of.type)
            for column, of in zip(columns, self._schema, strict=True)
        ]
        batch = pa.record_batch(arrays, schema=self._schema)
        self._batches.append(batch)
        self._rows += batch.num_rows
        while self._rows >= self._group_rows:
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
        group = table.slice(0, self._group_rows).unify_dictionaries()
        self._writer.write_table(group, row_group_size=self._group_rows)
        self._batches = table.slice(self._group_rows).to_batches()
        self._rows -= group.num_rows


def _array(column: Column, of: pa.DataType) -> pa.Array:
    """Return *column* as an array of the type *of*."""
    match column:
        case Numbers(view):
            return pa.array(np.asarray(view)).cast(of)
        case Coded(places, values):
            # A value may be there twice or be unknown, and Arrow wants neither.
            known = pa.array(
                values, of.value_type if pa.types.is_dictionary(of) else of
            ).dictionary_encode()
            rows = known.indices.take(pa.array(np.asarray(places.view)))
            coded = pa.DictionaryArray.from_arrays(rows, known.dictionary)
            return coded if pa.types.is_dictionary(of) else coded.dictionary_decode()
        case Joined(columns):
            texts = [_array(each, pa.string()) for each in columns]
            return pc.binary_join_element_wise(*texts, "-")
        case Plain(values):
            return pa.array(values, of)


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
