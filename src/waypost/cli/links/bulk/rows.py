"""Rows of a file as items of `POST /api/v1/links/bulk`: CSV with a header, or JSON."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, Final, NamedTuple, Protocol, TypeAlias, get_args

import msgspec

from waypost.cli.exits import WrongUsageError
from waypost.cli.links.link_options import (
    OPTIONS,
    UTM_TEMPLATE,
    Values,
    nested,
)
from waypost.domain.spelling import nearest

Value: TypeAlias = str | int | bool | list[str]

ERROR: Final = "error"
"""The column of files of failed rows, which is not sent."""
_OWN: Final = (
    "url",
    "code",
    "op",
    "link",
    "ref",
    "version",
    "reuse",
    UTM_TEMPLATE,
    "fetch_title",
)
_LISTS: Final = ("add_tags", "remove_tags")
COLUMNS: Final = (*_OWN, *OPTIONS, *_LISTS, ERROR)
"""What a row may have."""
_TRUE: Final = frozenset({"true", "yes", "1"})
_FALSE: Final = frozenset({"false", "no", "0"})


_NO_OBJECT: Final = 'An item is a JSON object, such as {"url": "…"}.'


class WrongRowError(Exception):
    """A row is no item; the text says why."""


class Reader(Protocol):
    """A reader of `csv`."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the cells of each row."""
        ...


class Row(NamedTuple):
    """A row of the file."""

    number: int
    """Of its line."""
    text: str
    """As it stands there, without the column `error`."""
    item: bytes | None
    """The item in JSON; None: it is none."""
    fault: str = ""
    """Why it is none, and where in the line."""


class Rows(NamedTuple):
    """The rows of a file."""

    header: str | None
    """What stands above them, without the column `error`; None: nothing."""
    rows: Iterator[Row]

    def failed(self, row: Row, why: str) -> str:
        """Return the line about *row* in a file of failed rows."""
        if self.header is not None:
            return f"{row.text},{_csv_line([why])}"
        error = msgspec.json.encode(why).decode()
        return f'{row.text[:-1]},"{ERROR}":{error}}}' if row.item else row.text


def read_rows(file: BinaryIO, *, is_csv: bool) -> Rows:
    """Return the rows of *file*.

    Raises:
        WrongUsageError: It has no header, or a column that is not known.
    """
    lines = _lines(file)
    return _of_csv(lines) if is_csv else Rows(None, _of_json(lines))


def _lines(file: BinaryIO) -> Iterator[str]:
    for number, line in enumerate(file):
        text = line.decode("utf-8", "replace")
        yield text.removeprefix("\ufeff") if number == 0 else text


def _of_json(lines: Iterator[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not (text := line.strip()):
            continue
        try:
            item = _object_in(line)
        except WrongRowError as error:
            yield Row(number, text, None, str(error))
        else:
            yield Row(number, item.decode(), item)


def _object_in(line: str) -> bytes:
    """Return the item of *line*.

    Raises:
        WrongRowError: It is none.
    """
    try:
        fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise WrongRowError(_NO_OBJECT) from None
    except (msgspec.DecodeError, RecursionError):
        raise WrongRowError(_about(line)) from None
    return msgspec.json.encode(
        {name: value for name, value in fields.items() if name != ERROR}
    )


def _about(line: str) -> str:
    """Return what is wrong with the JSON of *line*, and at which character."""
    # This reader is slower, and says exactly where.
    try:
        json.loads(line.rstrip())
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        return f"The line is no valid JSON at character {error.pos + 1}: {what}."
    except RecursionError:
        return "The line is nested too deep."
    return "The line is no valid JSON."


def _of_csv(lines: Iterator[str]) -> Rows:
    reader = csv.reader(lines)
    names = [name.strip() for name in next(reader, [])]
    _check(names)
    header = _csv_line([name for name in names if name != ERROR])
    return Rows(header, _csv_rows(reader, names))


def _csv_rows(reader: "Reader", names: Sequence[str]) -> Iterator[Row]:
    begins = reader.line_num + 1
    for cells in reader:
        if cells:
            # A file that was cut off may lack the last cells.
            named = zip(names, cells, strict=False)
            own = [cell for name, cell in named if name != ERROR]
            yield Row(
                begins, _csv_line(own), _item(names, cells), _too_many(cells, names)
            )
        begins = reader.line_num + 1


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _check(names: Sequence[str]) -> None:
    if not any(names):
        raise WrongUsageError(
            "The file is empty: its first line names the columns, such as url,code."
        )
    for name in names:
        if name not in COLUMNS:
            meant = nearest(name, COLUMNS)
            hint = f" Did you mean {meant}?" if meant else ""
            known = ", ".join(one for one in COLUMNS if one != ERROR)
            raise WrongUsageError(
                f"There is no column {name!r}.{hint} There are {known}. A file of JSON "
                "Lines ends in .jsonl or .ndjson, or is named by --format jsonl."
            )
    if twice := {name for name in names if names.count(name) > 1}:
        raise WrongUsageError(f"The column {twice.pop()} is there twice.")


def _too_many(cells: Sequence[str], names: Sequence[str]) -> str:
    if len(cells) <= len(names):
        return ""
    return (
        f"The row has {len(cells)} cells, and the first line names {len(names)} "
        "columns: put quotes around a cell with a comma."
    )


def _item(names: Sequence[str], cells: Sequence[str]) -> bytes | None:
    """Return a row as JSON, without its empty cells; None: it has too many cells."""
    if len(cells) > len(names):
        return None
    values: Values = {
        name: _READERS.get(name, str)(cell)
        for name, cell in zip(names, cells, strict=False)
        if cell and name != ERROR
    }
    return msgspec.json.encode(nested(values))


def _truth(text: str) -> Value:
    if text.lower() in _TRUE:
        return True
    return False if text.lower() in _FALSE else text


def _number(text: str) -> Value:
    return int(text) if text.isdecimal() and len(text) < 19 else text


def _list(text: str) -> Value:
    return [one.strip() for one in text.split(",")]


def _readers() -> Iterator[tuple[str, Callable[[str], Value]]]:
    """Yield how the columns are read that are no texts. The server judges the rest."""
    for name, annotation in OPTIONS.items():
        kinds = get_args(get_args(annotation)[0])
        if bool in kinds:
            yield name, _truth
        elif int in kinds:
            yield name, _number
        elif str not in kinds:
            yield name, _list


_READERS: Final[Mapping[str, Callable[[str], Value]]] = {
    "version": _number,
    "reuse": _truth,
    "fetch_title": _truth,
    **dict.fromkeys(_LISTS, _list),
    **dict(_readers()),
}
