"""The forms of exports that this installation can write."""

from collections.abc import Mapping, Sequence
from typing import Final

from waypost.ports.batch.tables import Field, TableForm, TableWriter
from waypost.services.exports.text_forms import TEXT_FORMS
from waypost.wiring.drivers import PARQUET

_GROUP_ROWS: Final = 65_536
"""Rows of a row group of Parquet, which is what a writer and a reader hold."""


def open_forms() -> Mapping[str, TableForm]:
    """Return the forms by their names; Parquet where its library is installed."""
    if PARQUET.is_missing:
        return TEXT_FORMS
    form = TableForm(
        content_type="application/vnd.apache.parquet",
        ending="parquet",
        rows=_GROUP_ROWS,
        open=_parquet_writer,
    )
    return {**TEXT_FORMS, "parquet": form}


def _parquet_writer(fields: Sequence[Field]) -> TableWriter:
    # Imported by the first export: it takes 0.3 s and 50 MB.
    from waypost.adapters.parquet.writer import ParquetWriter

    return ParquetWriter(fields, group_rows=_GROUP_ROWS)
