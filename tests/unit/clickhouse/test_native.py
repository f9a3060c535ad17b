"""Blocks of clicks as ClickHouse reads them."""

from collections.abc import Sequence

import lz4.frame
import pytest
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.common import write_leb128
from clickhouse_connect.driver.insert import InsertContext

from waypost.adapters.clickhouse.columns import NAMES, SENT, text_of
from waypost.adapters.clickhouse.native import body_of, content_of, token_of
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import EnrichedClick


def click(at: int, *, agents: int) -> EnrichedClick:
    """Return a click that differs from others; one of so many *agents* made it."""
    unknown = (None,) * (len(DIMENSIONS) - 2)
    return EnrichedClick(
        journal="j" * 32,
        lane=at % 64,
        sequence=1 + at,
        link_id=1 << 62,
        time_ms=1_800_000_000_000 + at,
        visitor=(1 << 64) - 1 - at,
        values=(*unknown, "prefetch", f"Agent ü {at % agents}"),
        code=f"c{at}",
    )


def by_library(clicks: Sequence[EnrichedClick]) -> bytes:
    """Return the block of *clicks* as the client library writes it."""
    journals, lanes, sequences, links, times, visitors, values, codes = zip(
        *clicks, strict=True
    )
    texts = [list(map(text_of, column)) for column in zip(*values, strict=True)]
    data = (codes, times, links, journals, lanes, sequences, visitors, *texts)
    output = bytearray()
    write_leb128(len(NAMES), output)
    write_leb128(len(clicks), output)
    for column, of_column in zip(SENT, data, strict=True):
        for name in (column.name, column.type):
            write_leb128(len(name), output)
            output += name.encode()
        kind = get_from_name(column.type)
        context = InsertContext("", [column.name], [kind])
        kind.write_column(of_column, output, context)
    return bytes(output)


@pytest.mark.parametrize(
    ("rows", "agents"),
    [
        *((1, 1), (300, 255), (300, 257)),
        pytest.param(70_000, 66_000, marks=pytest.mark.slow),
    ],
)
def test_a_block_is_what_the_library_writes(rows: int, agents: int) -> None:
    """Places of texts take one, two or four bytes, as the library chooses them."""
    clicks = [click(at, agents=agents) for at in range(rows)]
    assert lz4.frame.decompress(content_of(clicks)) == by_library(clicks)


def test_the_number_is_the_last_column_of_every_row() -> None:
    """A block is its content and a column with its number, as frames in a row."""
    content = content_of([click(at, agents=1) for at in range(3)])
    body = body_of(content, number=258, rows=3)
    assert body.startswith(content)
    column = b"\x05block\x06UInt64" + (258).to_bytes(8, "little") * 3
    assert lz4.frame.decompress(body.removeprefix(content)) == column


def test_a_token_is_that_of_the_clicks_identities() -> None:
    """Other clicks have another token, and the same ones in other words the same."""
    clicks = [click(at, agents=2) for at in range(5)]
    token = token_of(clicks)
    assert token_of([each._replace(visitor=0) for each in clicks]) == token
    for change in (
        {"lane": 63},
        {"sequence": 99},
        {"journal": "k" * 32},
    ):
        assert token_of([*clicks[:4], clicks[4]._replace(**change)]) != token
