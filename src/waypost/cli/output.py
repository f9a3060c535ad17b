"""What commands write: results to stdout, everything else to stderr."""

import itertools
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from io import TextIOWrapper
from typing import Final

import msgspec
import typer

from waypost.cli.exits import WrongUsageError

ELLIPSIS = "…"
# They move the cursor of a terminal, or reverse the direction of the text after them.
_UNSHOWN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_WIDE: Final = frozenset("WF")
_WITHOUT_WIDTH: Final = frozenset({"Mn", "Me", "Cf"})


def print_result(line: str = "") -> None:
    """Write one line of the result, without what would move a terminal's cursor."""
    typer.echo(_UNSHOWN.sub("?", line))


def print_error(sentence: str) -> None:
    """Print what went wrong to stderr, not into the result."""
    typer.echo(f"waypost: {_UNSHOWN.sub('?', sentence)}", err=True)


def print_done(sentence: str, *, as_json: bool, **fields: object) -> None:
    """Write that something is done: *fields* for programs, a *sentence* for people."""
    print_result(json_line(fields) if as_json else sentence)


def print_deleted(
    what: str, *, as_json: bool, is_dry_run: bool, **fields: object
) -> None:
    """Write that something is deleted, or would be."""
    would = "would be" if is_dry_run else "is"
    deleted = not is_dry_run
    print_done(f"{what} {would} deleted.", as_json=as_json, **fields, deleted=deleted)
    note_dry_run(is_dry_run=is_dry_run, as_json=as_json)


def note_dry_run(*, is_dry_run: bool, as_json: bool = False) -> None:
    """Say that nothing was changed, if so; programs have asked for it themselves."""
    if is_dry_run and not as_json:
        print_error("This was a dry run: nothing was changed.")


def confirm(question: str) -> None:
    """Ask before something is deleted.

    Raises:
        WrongUsageError: There is no terminal to ask at.
        typer.Abort: The answer is no.
    """
    if not sys.stdin.isatty():
        raise WrongUsageError("There is no terminal to ask at: delete it with --yes.")
    typer.confirm(question, abort=True, err=True)


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


def width_of(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.east_asian_width(character) in _WIDE:
        return 2
    return 0 if unicodedata.category(character) in _WITHOUT_WIDTH else 1


def cut(text: str, width: int) -> str:
    """Return *text* in at most *width* columns, with a mark where it is cut."""
    if width_of(text) <= width:
        return text
    room = width - len(ELLIPSIS)
    ends = itertools.accumulate(map(_columns, text))
    return text[: sum(1 for end in ends if end <= room)] + ELLIPSIS


def padded(text: str, width: int) -> str:
    """Return *text* with blanks behind it, so that it takes *width* columns."""
    return text + " " * (width - width_of(text))


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
    widths = [max(map(width_of, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (padded(*cell) for cell in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()


def rows_of(fields: Mapping[str, object]) -> Iterable[str]:
    """Yield a line for each of *fields* that is set, for people."""
    names = {name: name.replace("_", " ") for name in fields}
    width = max(map(len, names.values()), default=0)
    for name, value in fields.items():
        if value is None or value in ([], ""):
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        yield f"{names[name]:<{width}}  {_WORDS.get(str(shown), shown)}"


_WORDS: Final = {"True": "yes", "False": "no"}


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
