"""`waypost analytics`: look after the clicks that are stored for reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.jobs.jobs import show
from waypost.cli.options import DataDirOption, JsonOption, examples
from waypost.cli.output import print_result

app = typer.Typer(rich_markup_mode=None)
_EPOCH = date(1970, 1, 1)
_HASH_END = 2**64


@app.callback(invoke_without_command=True)
def analytics(context: typer.Context) -> None:
    """Look after the clicks that are stored for reports.

    Reports say by `revision` that their numbers may have fallen.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command("reclassify", epilog=examples("waypost analytics reclassify"))
def reclassify(as_json: JsonOption = False, data_dir: DataDirOption = None) -> None:
    """Judge again which clicks are of machines.

    The list of machines that is installed now decides. Only user agents are judged
    again; clicks of days whose rows have expired stay.
    """
    _run("reclassify", as_json=as_json, data_dir=data_dir)


@app.command("verify", epilog=examples("waypost analytics verify"))
def verify(as_json: JsonOption = False, data_dir: DataDirOption = None) -> None:
    """Compare sums of days with clicks, and clicks with counts.

    Ends with 1 if sums differ. Clicks that are counted but not stored for reports still
    wait, or are lost to the reports; they are only listed.
    """
    _run("verify", as_json=as_json, data_dir=data_dir)


@app.command(
    "erase",
    epilog=examples(
        "waypost analytics erase --link spring26",
        "waypost analytics erase --visitor 1234567890123456789 --day 2026-03-01",
    ),
)
def erase(
    link: Annotated[
        str | None,
        typer.Option(help="Its code, domain:code, or number such as id:1001."),
    ] = None,
    visitor: Annotated[
        int | None,
        typer.Option(min=1, max=_HASH_END - 1, help="A visitor's hash, with --day."),
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The UTC day of that hash."),
    ] = None,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Delete all clicks of a link, or of a visitor.

    This cannot be undone. Counts of links stay. A visitor is known for 48 hours
    after the day. Archived days that have changed are written anew by the
    next `waypost jobs run archive`; those whose rows have expired are not.
    """
    if (link is None) == (visitor is None) or (visitor is None) != (day is None):
        raise WrongUsageError("Name a --link, or a --visitor with its --day.")
    from waypost.cli.configuration import read_settings
    from waypost.wiring.jobs import commands

    settings = read_settings(DATA_DIR=data_dir)
    if link is not None:
        show(commands.erase_link(settings, link), as_json=as_json)
        return
    assert visitor is not None, "one of both is named"
    assert day is not None, "a visitor is named with a day"
    number = (day.date() - _EPOCH).days
    show(commands.erase_visitor(settings, number, visitor), as_json=as_json)


def _run(name: str, *, as_json: bool, data_dir: object) -> None:
    from waypost.cli.configuration import read_settings
    from waypost.wiring.jobs import commands

    settings = read_settings(DATA_DIR=data_dir)
    show(commands.run(settings, name, is_dry_run=False), as_json=as_json)
