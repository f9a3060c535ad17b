"""What commands write: results to stdout, everything else to stderr."""

import itertools
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from io import TextIOWrapper

import msgspec
import typer

ELLIPSIS = "…"


def print_result(line: str = "") -> None:
    """Write one line of the result."""
    typer.echo(line)


def print_error(sentence: str) -> None:
    """Print what went wrong to stderr, not into the result."""
    typer.echo(f"waypost: {sentence}", err=True)


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Return whether these *arguments* of the program ask for results as JSON."""
    options = itertools.takewhile(lambda one: one != "--", arguments)
    return "--json" in options


def print_error_json(sentence: str, *, exit_code: int, code: str) -> None:
    """Write what went wrong to stderr as a JSON object, for programs.

    *code* is that of the server's refusal; empty: no server has refused.
    """
    error = {"error": sentence, "code": code or None, "exit_code": int(exit_code)}
    typer.echo(json_line(error), err=True)


def replace_unprintable() -> None:
    """Print a question mark for a character that the terminal lacks, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def cut(text: str, width: int) -> str:
    """Return *text* in at most *width* characters, with a mark where it is cut."""
    return text if len(text) <= width else text[: width - 1] + ELLIPSIS


def wrapped(text: str, *, indent: str, hanging: int) -> Iterable[str]:
    """Yield *text* in lines as wide as the terminal; 80 columns where there is none.

    The first begins with *indent*, and the others with *hanging* spaces. A word that is
    longer than a line stays whole, so that it can be copied.
    """
    columns = shutil.get_terminal_size((80, 24)).columns
    return textwrap.wrap(
        text,
        max(columns, hanging + 20),
        initial_indent=indent,
        subsequent_indent=" " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """Yield the lines of a table whose columns are as wide as they need to be."""
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()


def json_line(value: object) -> str:
    """Return *value*, which may hold structs and dates, as JSON in one line."""
    return msgspec.json.encode(value).decode()


def plural(number: int, noun: str) -> str:
    """Return "1 click", "2 clicks", "1,000 clicks"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def show_progress(state: str) -> None:
    """Replace the last progress line with *state*; only in a terminal."""
    if sys.stderr.isatty():
        typer.echo(f"\r\x1b[K{state}\r", err=True, nl=False)
