"""The forms of exports that this installation can write."""

from collections.abc import Mapping, Sequence

from waypost.ports.batch.tables import Field, TableForm, TableWriter
from waypost.services.exports.text_forms import TEXT_FORMS
from waypost.wiring.drivers import PARQUET


def open_forms() -> Mapping[str, TableForm]:
    """Return the forms by their names; Parquet where its library is installed."""
    if PARQUET.is_missing:
        return TEXT_FORMS
    form = TableForm(
        content_type="application/vnd.apache.parquet",
        ending="parquet",
        open=_parquet_writer,
    )
    return {**TEXT_FORMS, "parquet": form}


def _parquet_writer(fields: Sequence[Field]) -> TableWriter:
    # Imported by the first export: it takes 0.3 s and 50 MB.
    from waypost.adapters.parquet.writer import ParquetWriter

    return ParquetWriter(fields)
