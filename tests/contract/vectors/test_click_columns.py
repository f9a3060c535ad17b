"""What a store of clicks keeps are the bytes of `contracts/click-columns`."""

import numpy as np
import pytest

from tests.contract.vectors.files import Case, cases, name_of
from waypost.wire.click_store.columns import (
    StoredColumn,
    Whole,
    decode_column,
    encode_column,
)
from waypost.wire.click_store.rollup import Rollup, decode_rollup, encode_rollup
from waypost.wire.click_store.tail import (
    decode_tail,
    encode_tail,
    encode_tail_arrays,
)


class ColumnCase(Case, frozen=True, kw_only=True):
    """Numbers, and how they are kept."""

    numbers: list[int]
    form: int
    hex: str | None


class RollupCase(Case, frozen=True, kw_only=True):
    """Entries, and how they are kept."""

    entries: list[tuple[int, int, int, int]]
    is_compressed: bool
    hex: str


class BatchCase(Case, frozen=True, kw_only=True):
    """Columns by number, and how they are kept."""

    columns: dict[int, list[int]]
    hex: str


COLUMNS = cases("click-columns/columns.json", ColumnCase)
ROLLUPS = cases("click-columns/rollups.json", RollupCase)
BATCHES = cases("click-columns/batches.json", BatchCase)


def as_array(numbers: list[int]) -> Whole:
    """The numbers; hashes have all of their 64 bits."""
    return np.array(numbers, np.uint64 if max(numbers, default=0) >> 63 else np.int64)


@pytest.mark.parametrize("case", COLUMNS, ids=name_of)
def test_columns(case: ColumnCase) -> None:
    """A column is written in its shortest form, and read back, whole and in part."""
    data = None if case.hex is None else bytes.fromhex(case.hex)
    stored = StoredColumn(case.form, data)
    assert encode_column(as_array(case.numbers)) == stored
    rows = len(case.numbers)
    assert decode_column(stored, rows).tolist() == case.numbers
    assert decode_column(stored, rows, (1, 2)).tolist() == case.numbers[1:2] or not rows


@pytest.mark.parametrize(
    ("form", "data"),
    [(1, None), (9, None), (1, b"12"), (2, b"123"), (17, b"12345678"), (3, b"123456")],
)
def test_other_bytes_are_no_column(form: int, data: bytes | None) -> None:
    """Damage is noticed by the form and the length."""
    with pytest.raises(ValueError, match="bytes"):
        decode_column(StoredColumn(form, data), 1)


@pytest.mark.parametrize("case", ROLLUPS, ids=name_of)
def test_rollups(case: RollupCase) -> None:
    """A roll-up is written with the shortest counts, and read back."""
    arrays = np.array(case.entries, np.int64).reshape(-1, 4)
    rollup = Rollup(*arrays.T)
    written = encode_rollup(rollup, is_compressed=case.is_compressed)
    if not case.is_compressed:
        assert written.hex() == case.hex
    for data in (written, bytes.fromhex(case.hex)):
        found = decode_rollup(data)
        assert np.array(found).T.tolist() == arrays.tolist()


@pytest.mark.parametrize("data", [b"", b"\x03", b"\x01123", b"\x81no zlib", b"\x7f"])
def test_other_bytes_are_no_rollup(data: bytes) -> None:
    """Damage is noticed by the form and the length."""
    with pytest.raises(ValueError, match="roll-up"):
        decode_rollup(data)


@pytest.mark.parametrize("case", BATCHES, ids=name_of)
def test_batches(case: BatchCase) -> None:
    """A batch is written from lists or arrays, and read back with every column."""
    assert encode_tail(case.columns).hex() == case.hex
    arrays = {column: as_array(values) for column, values in case.columns.items()}
    assert encode_tail_arrays(arrays).hex() == case.hex
    rows = len(case.columns[0])
    found = decode_tail(bytes.fromhex(case.hex), rows)
    for column, values in found.items():
        assert values.tolist() == case.columns.get(column, [0] * rows)


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x05", b"\x00\x08123"])
def test_other_bytes_are_no_batch(data: bytes) -> None:
    """Damage is noticed by the width and the length."""
    with pytest.raises(ValueError, match="batch"):
        decode_tail(data, 1)
