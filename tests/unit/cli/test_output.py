"""Writing for people: tables, cut texts, numbers, progress."""

import pytest

from waypost.cli.output import cut, plural, show_progress, table


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("", 3, "")],
)
def test_cut(text: str, width: int, expected: str) -> None:
    """What fits stays whole, and what does not shows that it was cut."""
    assert expected == cut(text, width)


def test_table() -> None:
    """Columns are as wide as their widest cell, and no line ends with blanks."""
    lines = table(("CODE", "TO"), [("a", "x"), ("abcdef", "")])

    assert list(lines) == ["CODE    TO", "a       x", "abcdef"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 clicks"), (1, "1 click"), (1_234, "1,234 clicks")],
)
def test_plural(number: int, expected: str) -> None:
    """One is one, and everything else is many."""
    assert expected == plural(number, "click")


@pytest.mark.parametrize(
    ("is_terminal", "expected"), [(True, "\r\x1b[K5 clicks\r"), (False, "")]
)
def test_progress(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,  # noqa: FBT001 - a column of the table above
    expected: str,
) -> None:
    """A terminal shows progress in place; a log file is not filled with it."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)
    show_progress("5 clicks")

    assert expected == capsys.readouterr().err
