"""Rows of a file that are no items: what is wrong with them, and where."""

import io

import pytest

from waypost.cli.links.bulk.rows import read_rows


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"url": "é" x}', "no valid JSON at character 13: expecting ',' delimiter"),
        ('  {"url" 1}', "no valid JSON at character 10: expecting ':' delimiter"),
        ('{"url": "https://example.com/"', "at character 31: expecting ',' delimiter"),
        ("[1]", "An item is a JSON object"),
        ('{"url":' + "[" * 100_000, "nested too deep"),
    ],
)
def test_lines_that_are_no_items(line: str, fault: str) -> None:
    """The line has its number, the place is a character, and others go on."""
    text = f'\n{line}\n{{"url": "https://example.com/"}}\n'
    wrong, right = read_rows(io.BytesIO(text.encode()), is_csv=False).rows
    assert (wrong.number, wrong.item, wrong.text) == (2, None, line.strip())
    assert fault in wrong.fault
    assert (right.number, right.fault) == (3, "")
    assert right.item == b'{"url":"https://example.com/"}'


def test_a_row_with_too_many_cells() -> None:
    """It says how many there are, as a comma without quotes is the usual cause."""
    file = io.BytesIO(b"url,title\nhttps://example.com/,a,b\n")
    (row,) = read_rows(file, is_csv=True).rows
    assert (row.number, row.item) == (2, None)
    assert "3 cells, and the first line names 2 columns" in row.fault
