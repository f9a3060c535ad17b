"""Every kind of column is written as the objects that it stands for."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from waypost.adapters.parquet.writer import ParquetWriter
from waypost.ports.batch.columns import (
    Coded,
    Column,
    Joined,
    Numbers,
    Plain,
    Value,
    coded,
)
from waypost.ports.batch.tables import Field, Kind

ROWS: Final = 5
MOMENT: Final = 1_772_323_200_123
NARROW: Final = Numbers(np.array([2, 0, 1, 0, 2], np.uint8).data)


def joined() -> Joined:
    """Return texts of which the parts are of every kind."""
    journals = Coded(NARROW, ["a", "b-c", ""])
    return Joined([journals, NARROW, Numbers.of([7, 2**62, 0, 1, 2])])


COLUMNS: Final[dict[str, tuple[Kind, Column, Sequence[Value]]]] = {
    "plain text": (
        Kind.TEXT,
        Plain(["x", None, "ä", "", "x"]),
        ["x", None, "ä", "", "x"],
    ),
    "plain choice": (
        Kind.CHOICE,
        Plain(["x", None, "ä", "", "x"]),
        ["x", None, "ä", "", "x"],
    ),
    "flags": (
        Kind.FLAG,
        Plain([True, None, False, True, True]),
        [True, None, False, True, True],
    ),
    "numbers": (Kind.INTEGER, NARROW, [2, 0, 1, 0, 2]),
    "moments": (Kind.MOMENT, Numbers.of([MOMENT] * ROWS), [MOMENT] * ROWS),
    "coded": (
        Kind.CHOICE,
        Coded(NARROW, ["a", "b", None]),
        [None, "a", "b", "a", None],
    ),
    "coded, a value twice, one of no row": (
        Kind.CHOICE,
        Coded(NARROW, ["a", "a", "b", "of no row"]),
        ["b", "a", "a", "a", "b"],
    ),
    "coded, all unknown": (Kind.CHOICE, Coded(NARROW, [None] * 3), [None] * ROWS),
    "coded from rows": (
        Kind.CHOICE,
        coded(["b", None, "b", "a", None]),
        ["b", None, "b", "a", None],
    ),
    "coded numbers": (
        Kind.INTEGER,
        Coded(NARROW, [2**62, 5, 6]),
        [6, 2**62, 5, 2**62, 6],
    ),
    "joined": (
        Kind.IDENTITY,
        joined(),
        ["-2-7", f"a-0-{2**62}", "b-c-1-0", "a-0-1", "-2-2"],
    ),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_their_objects(name: str) -> None:
    """The same as objects, as parts, and read from a file of Parquet."""
    kind, column, expected = COLUMNS[name]
    assert len(column) == ROWS
    assert list(column.plain()) == list(expected)
    part = column.part(1, 3)
    assert (len(part), list(part.plain())) == (2, list(expected)[1:3])
    assert read_back(kind, [column, part]) == [*expected, *expected[1:3]]


def read_back(kind: Kind, columns: Sequence[Column]) -> Sequence[Value]:
    """Return the values of a file with *columns* behind one another."""
    content, writer = b"", ParquetWriter([Field("it", kind)], group_rows=4)
    for column in columns:
        content += writer.write([column])
    table = pq.read_table(BytesIO(content + writer.end()))
    found = table["it"]
    if kind is Kind.MOMENT:
        found = found.cast(pa.int64())
    values: Sequence[Value] = found.to_pylist()
    return values


@pytest.mark.parametrize(
    "cut", [lambda rows: [rows], lambda rows: [1] * rows, lambda rows: [rows - 1, 1]]
)
def test_row_groups_have_their_size(cut: Callable[[int], Sequence[int]]) -> None:
    """All but the last are full, into any parts the rows are cut."""
    writer = ParquetWriter([Field("it", Kind.CHOICE)], group_rows=4)
    content, number = b"", 0
    for rows in cut(11):
        values = [f"value {number + at}" for at in range(rows)]
        content += writer.write([coded(values)])
        number += rows
    file = pq.ParquetFile(BytesIO(content + writer.end()))
    groups = [file.metadata.row_group(at).num_rows for at in range(3)]
    assert (file.num_row_groups, groups) == (3, [4, 4, 3])
    assert file.read()["it"].to_pylist() == [f"value {at}" for at in range(11)]
