"""`waypost export`: everything, as files that other programs read."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from waypost.cli.calls.list_filters import Filters, with_export_filters
from waypost.cli.exits import CommandError, WrongUsageError
from waypost.cli.options import DataDirOption, JsonOption, examples
from waypost.cli.output import (
    plural,
    print_done,
    print_error,
    print_result,
    show_progress,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from waypost.wiring.offline.exports import Destination

app = typer.Typer(rich_markup_mode=None)


SourceOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        envvar="WAYPOST_SERVER",
        help="Ask this server, with a key, instead of reading the database here.",
    ),
]


class FormName(StrEnum):
    """The forms that can be asked for."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


FormOption = Annotated[
    FormName,
    typer.Option("--format", help="csv, jsonl (an object a line) or parquet."),
]
OutputOption = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="File to write; it is replaced once all is written. `-` is standard "
        "output.",
    ),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAMES",
        help="Only these columns, in this order, with commas: id,at,code.",
    ),
]


StartOption = Annotated[
    str | None,
    typer.Option("--from", help="First moment or date, instead of a period."),
]
EndOption = Annotated[
    str | None, typer.Option("--to", help="The moment or date after the last one.")
]


class _Target(NamedTuple):
    """What is written where."""

    form: FormName
    columns: str | None
    """Names with commas; None: all."""
    output: Path
    server: str | None
    """None: the database of this machine is read."""


@app.callback(invoke_without_command=True)
def export(context: typer.Context) -> None:
    """Write clicks or links as CSV, JSON Lines or Parquet.

    The database of the settings is read, and the server may run meanwhile, or not.
    With --server, or WAYPOST_SERVER, a running server is asked instead.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command(
    "clicks",
    epilog=examples(
        "waypost export clicks --format parquet --output clicks.parquet",
        "waypost export clicks --from 2026-03-01 --to 2026-04-01 -o march.csv",
        "waypost export clicks --link spring26 --format jsonl -o - | head",
        "waypost export clicks --columns at,code,country -o places.csv",
        "waypost export clicks --server https://go.example.com -o clicks.csv",
    ),
)
def clicks(  # noqa: PLR0913, PLR0917 - each argument is an option
    output: OutputOption,
    form: FormOption = FormName.CSV,
    columns: ColumnsOption = None,
    period: Annotated[
        str, typer.Option(help="today, yesterday, 7d, 12mo, month, year or all.")
    ] = "all",
    start: StartOption = None,
    end: EndOption = None,
    zone: Annotated[
        str, typer.Option("--tz", help="Time zone of dates, such as Europe/Zurich.")
    ] = "UTC",
    link: Annotated[
        list[str] | None,
        typer.Option(help="Only clicks of this link; may be given several times."),
    ] = None,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
    server: SourceOption = None,
) -> None:
    """Write single clicks, oldest day first; none has an address.

    Spreadsheets take some values for formulas, and visitors choose some of them:
    import the columns as text.
    """
    if end is not None and start is None:
        raise WrongUsageError("--to needs --from: the first moment of the period.")
    if _is_remote(server, data_dir):
        named = {"period": None if start else period, "from": start, "to": end}
        query = [*named.items(), ("tz", zone), *(("link", one) for one in link or ())]
        _fetch("clicks", query, _Target(form, columns, output, server), as_json=as_json)
        return
    from waypost.cli.configuration import read_settings
    from waypost.wiring.offline import exports

    wanted = exports.WantedClicks(
        period=period, start=start, end=end, zone=zone, links=link or ()
    )
    settings = read_settings(DATA_DIR=data_dir)
    _export(
        lambda to: exports.export_clicks(settings, wanted, to),
        "click",
        _Target(form, columns, output, None),
        as_json=as_json,
    )


@app.command(
    "links",
    epilog=examples(
        "waypost export links --output links.csv",
        "waypost export links --format parquet --output links.parquet",
        "waypost export links --host old.example.com --format jsonl -o old.jsonl",
        "waypost export links --tag spring --not-state deleted --columns id,url -o -",
    ),
)
@with_export_filters
def links(  # noqa: PLR0913, PLR0917 - each argument is an option
    output: OutputOption,
    form: FormOption = FormName.CSV,
    columns: ColumnsOption = None,
    after: Annotated[
        int | None,
        typer.Option(min=1, help="Only links behind the one with this id."),
    ] = None,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
    server: SourceOption = None,
    *,
    filters: Filters,
) -> None:
    """Write links, newest first.

    Without a filter: all that are not deleted, archived ones too.
    """
    if _is_remote(server, data_dir):
        query = [*filters, ("after", None if after is None else str(after))]
        _fetch("links", query, _Target(form, columns, output, server), as_json=as_json)
        return
    from waypost.cli.configuration import read_settings
    from waypost.wiring.offline import exports

    settings = read_settings(DATA_DIR=data_dir)
    wanted = exports.WantedLinks(after=after, filters=filters)
    _export(
        lambda to: exports.export_links(settings, wanted, to),
        "link",
        _Target(form, columns, output, None),
        as_json=as_json,
    )


def _export(
    work: Callable[[Destination], Coroutine[object, object, None]],
    noun: str,
    target: _Target,
    *,
    as_json: bool,
) -> None:
    from waypost.cli.errors import error_text, readable_errors
    from waypost.services.exports.choosing import WrongColumnsError
    from waypost.wiring.offline.exports import STANDARD_OUTPUT, Destination

    rows = 0

    def progress(written: int) -> None:
        nonlocal rows
        rows = written
        show_progress(f"Wrote {plural(rows, noun)} …")

    output = target.output
    to = Destination(
        form=target.form, path=output, columns=target.columns, progress=progress
    )
    with readable_errors():
        try:
            asyncio.run(work(to))
        except WrongColumnsError as error:
            raise WrongUsageError(f"--columns: {error}") from error
        except OSError as error:
            raise CommandError(
                f"{output} cannot be written: {error_text(error)}. Check the folder "
                "and the room on the disk."
            ) from error
    show_progress("")
    if output == STANDARD_OUTPUT:
        print_error(f"wrote {plural(rows, noun)}.")
        return
    print_done(
        f"{output}: {plural(rows, noun)}.",
        as_json=as_json,
        file=str(output),
        rows=rows,
        bytes=output.stat().st_size,
    )


def _is_remote(server: str | None, data_dir: Path | None) -> bool:
    """Return whether a server is asked; a folder that is named goes before it."""
    return server is not None and data_dir is None


def _fetch(
    name: str,
    query: Sequence[tuple[str, str | None]],
    target: _Target,
    *,
    as_json: bool,
) -> None:
    """Write the export called *name* of a running server."""
    from waypost.cli.database.remote_export import fetch_export

    asked = [*query, ("format", target.form.value), ("columns", target.columns)]
    output = target.output
    size = fetch_export(name, asked, output=output, server=target.server)
    show_progress("")
    sentence = f"{output}: {plural(size, 'byte')}."
    if str(output) == "-":
        print_error(f"wrote {plural(size, 'byte')}.")
        return
    print_done(sentence, as_json=as_json, file=str(output), rows=None, bytes=size)
