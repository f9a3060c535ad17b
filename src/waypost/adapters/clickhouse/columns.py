"""The columns of a click in ClickHouse, and clicks in the format Native."""

from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from typing import Final, NamedTuple

from clickhouse_connect.datatypes.base import ClickHouseType
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.common import write_leb128
from clickhouse_connect.driver.compression import get_compressor
from clickhouse_connect.driver.insert import InsertContext

from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import EnrichedClick

TEXT: Final = "LowCardinality(String)"


class Column(NamedTuple):
    """A column that is sent."""

    name: str
    type: str


BLOCK: Final = Column("block", "UInt64")
SENT: Final = (
    Column("short_code", "String"),
    Column("event_time", "DateTime64(3, 'UTC')"),
    Column("link_id", "UInt64"),
    Column("journal", TEXT),
    Column("lane", "UInt8"),
    Column("sequence", "UInt64"),
    Column("visitor", "UInt64"),
    *(Column(dimension.value, TEXT) for dimension in DIMENSIONS),
)
"""In the order in which they are sent; the block's number comes last."""
NAMES: Final = (*(column.name for column in SENT), BLOCK.name)

IDENTITY: Final = "journal, lane, sequence, link_id, toUnixTimestamp64Milli(event_time)"
"""The columns that distinguish a click from all others, and its moment."""


def texts_of(dimensions: Iterable[Dimension]) -> str:
    """Return the columns of *dimensions*, as text."""
    return ", ".join(f"toString({column_of(each)})" for each in dimensions)


def column_of(dimension: Dimension) -> str:
    """Return the name of the column of *dimension*."""
    return dimension.value


READ: Final = f"{IDENTITY}, visitor, {texts_of(DIMENSIONS)}, short_code"
"""What `click_of` reads."""


def click_of(row: Sequence[object]) -> EnrichedClick:
    """Return the click of a row of `READ`."""
    journal, lane, sequence, link_id, time_ms, visitor, *texts, code = row
    return EnrichedClick(
        journal=str(journal),
        lane=_int(lane),
        sequence=_int(sequence),
        link_id=_int(link_id),
        time_ms=_int(time_ms),
        visitor=_int(visitor),
        values=tuple(value_of(text) for text in texts),
        code=str(code),
    )


def value_of(text: object) -> str | None:
    """Return the value that is kept as *text*; empty is unknown."""
    return str(text) if text else None


def text_of(value: str | None) -> str:
    """Return how *value* is kept."""
    return value or ""


def _int(value: object) -> int:
    assert isinstance(value, int), "the column is a number"
    return value


def token_of(clicks: Sequence[EnrichedClick]) -> str:
    """Return the token of the block of *clicks*: a hash of their identities."""
    digest = sha256()
    for click in sorted(clicks):
        digest.update(f"{click.journal}-{click.lane}-{click.sequence};".encode())
    return digest.hexdigest()


def content_of(clicks: Sequence[EnrichedClick]) -> bytes:
    """Return *clicks* as one compressed block, whose last column is missing."""
    journals, lanes, sequences, links, times, visitors, values, codes = zip(
        *clicks, strict=True
    )
    texts = [
        ["" if value is None else value for value in column]
        for column in zip(*values, strict=True)
    ]
    data = (codes, times, links, journals, lanes, sequences, visitors, *texts)
    output = bytearray()
    write_leb128(len(NAMES), output)
    write_leb128(len(clicks), output)
    for column, column_data in zip(SENT, data, strict=True):
        _write(column, column_data, output)
    return _compressed(output)


def body_of(content: bytes, *, number: int, rows: int) -> bytes:
    """Return the whole block: *content* and its number, in every row."""
    output = bytearray()
    _head(BLOCK, output)
    output += number.to_bytes(8, "little") * rows
    return content + _compressed(output)


def _write(column: Column, data: Sequence[object], output: bytearray) -> None:
    _head(column, output)
    kind = _kind(column.type)
    context = InsertContext("", [column.name], [kind])
    kind.write_column(data, output, context)


def _head(column: Column, output: bytearray) -> None:
    for text in (column.name.encode(), column.type.encode()):
        write_leb128(len(text), output)
        output += text


@cache
def _kind(name: str) -> ClickHouseType:
    return get_from_name(name)


def _compressed(data: bytearray) -> bytes:
    # A frame of its own: frames in a row are one text again.
    return bytes(get_compressor("lz4").compress_block(data))
