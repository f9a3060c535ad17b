"""Clicks in ClickHouse's format Native: column after column, each encoded as a whole.

The client library's own encoder looks at every value of every column in Python, and
takes three times as long.
"""

import sys
from array import array
from collections.abc import Sequence
from hashlib import sha256
from itertools import count
from typing import Final, cast

from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.common import write_leb128
from clickhouse_connect.driver.compression import get_compressor
from clickhouse_connect.driver.insert import InsertContext

from waypost.adapters.clickhouse.columns import BLOCK, NAMES, SENT, TEXT, Column
from waypost.domain.analytics.enriched import EnrichedClick

_NUMBERS: Final = {"UInt8": "B", "UInt64": "Q", "DateTime64(3, 'UTC')": "q"}
"""Columns of numbers: how arrays call theirs."""
_STRING: Final = get_from_name("String")
_VERSION: Final = 1
"""That of how a column of different texts is sent."""
_OWN_KEYS: Final = 1 << 9
_NEW_KEYS: Final = 1 << 10
"""What is said of such a column: its keys are sent with it, and are of this block."""
_PLACES: Final = (("B", 1 << 8, 0), ("H", 1 << 16, 1), ("I", 1 << 32, 2))
"""The types of places of keys: for how many keys, and their number."""


def token_of(clicks: Sequence[EnrichedClick]) -> str:
    """Return the token of the block of *clicks*: a hash of their identities."""
    journals, lanes, sequences, *_ = zip(*clicks, strict=True)
    digest = sha256("\n".join(journals).encode())
    digest.update(bytes(lanes))
    digest.update(_numbers("Q", sequences))
    return digest.hexdigest()


def content_of(clicks: Sequence[EnrichedClick]) -> bytes:
    """Return *clicks* as one compressed block, whose last column is missing."""
    journals, lanes, sequences, links, times, visitors, values, codes = zip(
        *clicks, strict=True
    )
    texts = zip(*values, strict=True)
    data = (codes, times, links, journals, lanes, sequences, visitors, *texts)
    output = bytearray()
    write_leb128(len(NAMES), output)
    write_leb128(len(clicks), output)
    for column, column_data in zip(SENT, data, strict=True):
        _head(column, output)
        _write(column, column_data, output)
    return _compressed(output)


def body_of(content: bytes, *, number: int, rows: int) -> bytes:
    """Return the whole block: *content* and its number, in every row."""
    output = bytearray()
    _head(BLOCK, output)
    output += number.to_bytes(8, "little") * rows
    return content + _compressed(output)


def _head(column: Column, output: bytearray) -> None:
    for text in (column.name.encode(), column.type.encode()):
        write_leb128(len(text), output)
        output += text


def _write(column: Column, values: Sequence[object], output: bytearray) -> None:
    if column.type == TEXT:
        _write_texts(cast(Sequence[str | None], values), output)
    elif column.type == "String":
        _write_strings(cast(Sequence[str], values), output)
    else:
        output += _numbers(_NUMBERS[column.type], cast(Sequence[int], values))


def _write_strings(values: Sequence[str], output: bytearray) -> None:
    _STRING.write_column(values, output, InsertContext("", [], []))


def _write_texts(values: Sequence[str | None], output: bytearray) -> None:
    """Write different values, and the place of each row's value among them.

    None becomes the empty text, which is what stands for an unknown value.
    """
    keys = dict(zip(dict.fromkeys(values), count(), strict=False))
    code, _, kind = next(each for each in _PLACES if len(keys) <= each[1])
    output += _numbers("Q", [_VERSION, kind | _OWN_KEYS | _NEW_KEYS, len(keys)])
    _write_strings([key or "" for key in keys], output)
    output += _numbers("Q", [len(values)])
    output += _numbers(code, [keys[value] for value in values])


def _numbers(code: str, values: Sequence[int]) -> bytes:
    numbers = array(code, values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _compressed(data: bytearray) -> bytes:
    # A frame of its own: frames in a row are one text again.
    return bytes(get_compressor("lz4").compress_block(data))
