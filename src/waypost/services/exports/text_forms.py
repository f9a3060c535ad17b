"""CSV and JSON Lines."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final

import msgspec

from waypost.domain.reports.calendar import local
from waypost.ports.batch.columns import Value
from waypost.ports.batch.tables import Columns, Field, Kind, TableForm


class _Csv:
    """Writes CSV: RFC 4180, with a line of names. Unknown is an empty field."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = fields
        self._head = (",".join(field.name for field in fields) + "\r\n").encode()

    def write(self, columns: Columns) -> bytes:
        """Return the lines of some rows, the first time after the names."""
        text = io.StringIO()
        shown = (
            map(_flag_text, values) if field.kind is Kind.FLAG else values
            for field, values in zip(
                self._fields, _readable(self._fields, columns), strict=True
            )
        )
        csv.writer(text).writerows(zip(*shown, strict=True))
        return self.end() + text.getvalue().encode()

    def end(self) -> bytes:
        """Return the names, if there was no row."""
        head, self._head = self._head, b""
        return head


class _JsonLines:
    """Writes an object a line."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = fields
        self._names = [field.name for field in fields]
        self._encode = msgspec.json.Encoder().encode_lines

    def write(self, columns: Columns) -> bytes:
        """Return the lines of some rows."""
        rows = zip(*_readable(self._fields, columns), strict=True)
        return self._encode([dict(zip(self._names, row, strict=True)) for row in rows])

    def end(self) -> bytes:
        """Return nothing: each line is complete."""
        return b""


def _readable(fields: Sequence[Field], columns: Columns) -> Sequence[Sequence[Value]]:
    """Return the values of *columns*, with moments as people write them."""
    return [
        [_moment_text(value) for value in column.plain()]
        if field.kind is Kind.MOMENT
        else column.plain()
        for field, column in zip(fields, columns, strict=True)
    ]


def _moment_text(value: Value) -> str | None:
    if not isinstance(value, int):
        return None
    text = local(value, UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def _flag_text(value: Value) -> str | None:
    return None if value is None else str(value).lower()


_ROWS: Final = 500
"""Rows that are written at a time, so that redirects need not wait for more."""
CSV: Final = "csv"
TEXT_FORMS: Final[Mapping[str, TableForm]] = {
    CSV: TableForm(
        content_type="text/csv; charset=utf-8", ending="csv", rows=_ROWS, open=_Csv
    ),
    "jsonl": TableForm(
        content_type="application/jsonl", ending="jsonl", rows=_ROWS, open=_JsonLines
    ),
}
"""By their names in requests."""
