"""Charts of characters, for terminals of 80 columns."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from waypost.cli.output import cut, padded

WIDTH: Final = 80
_ROWS: Final = 6
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_ASCII: Final = "    ####"
_LABEL: Final = 22
_BAR: Final = 21


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters of charts."""

    heights: str
    """From nothing to a whole cell."""
    line: str
    corner: str

    @property
    def full(self) -> str:
        """A whole cell."""
        return self.heights[-1]


_DRAWN: Final = Marks(_EIGHTHS, "─", "└")
_PLAIN: Final = Marks(_ASCII, "-", "+")


def marks() -> Marks:
    """Return the characters that the terminal can show: blocks, or those of ASCII."""
    try:
        (_EIGHTHS + _DRAWN.line + _DRAWN.corner).encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return _PLAIN
    return _DRAWN


def columns(values: Sequence[int], labels: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a chart with a column for each of *values*, and its axis.

    Where there are too many, some neighbours share a column, which shows their sum.
    The axis has the labels of the first column and of the last.
    """
    shown, first = marks(), f"{max(_fitting(values)):,}"
    sums = _fitting(values)
    wide = max(1, (WIDTH - len(first) - 2) // len(sums))
    gap = " " if wide > 2 else ""
    top = max(1, *sums)
    for row in reversed(range(_ROWS)):
        cells = (
            _cell(value, top, row, shown) * (wide - len(gap)) + gap for value in sums
        )
        name = first if row == _ROWS - 1 else ""
        yield f"{name:>{len(first)}} {''.join(cells)}".rstrip()
    axis = shown.corner + shown.line * (wide * len(sums) - len(gap))
    yield f"{'0':>{len(first)}}{axis}"
    start, end = labels[0], labels[-1]
    room = wide * len(sums) - len(gap) - len(start)
    padding = " " * (len(first) + 1)
    yield f"{padding}{start}{end:>{max(room, len(end) + 2)}}".rstrip()


def _fitting(values: Sequence[int]) -> Sequence[int]:
    """Return *values*, added up in groups so that all have a column."""
    group = -(-len(values) // (WIDTH - 12))
    return [sum(values[at : at + group]) for at in range(0, len(values), group)]


def _cell(value: int, top: int, row: int, shown: Marks) -> str:
    """Return the mark of one row of a column; what is not zero can be seen."""
    steps = len(shown.heights) - 1
    filled = value * _ROWS * steps // top - row * steps
    if value and row == 0:
        filled = max(filled, steps // 2 + 1 if shown is _PLAIN else 1)
    return shown.heights[min(max(filled, 0), steps)]


def bar(label: str, share: float, numbers: str) -> str:
    """Return a line with a label, a bar as long as its *share*, and numbers."""
    length = round(share * _BAR)
    drawn = marks().full * (max(length, 1) if share else 0)
    return f"{padded(cut(label, _LABEL), _LABEL)}  {drawn:<{_BAR}}{numbers}".rstrip()
