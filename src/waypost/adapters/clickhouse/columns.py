"""The columns of a click in ClickHouse."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

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
