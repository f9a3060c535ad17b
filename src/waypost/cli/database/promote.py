"""`waypost promote`: move an embedded database to PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.database.ids import SKIPPED
from waypost.cli.exits import WrongUsageError
from waypost.cli.options import DataDirOption, JsonOption
from waypost.cli.output import json_line, plural, print_result, show_progress

if TYPE_CHECKING:
    from waypost.config import Settings
    from waypost.wiring.transfer.promote import Step

EXAMPLES = (
    "waypost promote",
    "waypost promote --to postgresql://me:secret@localhost/waypost",
    "waypost promote --data-dir /var/lib/waypost",
    "waypost promote --undo",
)


def promote(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="Empty PostgreSQL database. Default, also for its password: "
            "DATABASE_URL.",
        ),
    ] = None,
    undo: Annotated[
        bool,
        typer.Option(
            "--undo", help="Use the SQLite file again, as it was when it was moved."
        ),
    ] = False,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Move all links and counts from SQLite to PostgreSQL.

    Stop the server first. The target is --to, or else DATABASE_URL. Clicks that wait
    in the journal are counted; every row is copied, read back and compared. If it is
    interrupted, run it again. The SQLite file is kept, but no server starts on it any
    more.
    """
    if to and undo:
        raise WrongUsageError("Say --to URL or --undo, not both.")
    from waypost.cli.configuration import read_settings

    source = read_settings(DATA_DIR=data_dir)
    if undo:
        _undo(source, as_json=as_json)
    else:
        _promote(source, _target(source, to), as_json=as_json)


def _target(source: Settings, to: str | None) -> Settings:
    from waypost.cli.configuration import read_settings
    from waypost.wiring.transfer.promote import NO_POSTGRES

    try:
        return read_settings(DATA_DIR=source.DATA_DIR, DATABASE_URL=to)
    except WrongUsageError as error:  # of --to: the other settings were read before
        raise WrongUsageError(NO_POSTGRES) from error


def _promote(source: Settings, target: Settings, *, as_json: bool) -> None:
    from waypost.cli.errors import readable_errors
    from waypost.wiring.transfer import promote

    with readable_errors():
        try:
            done = promote.promote(source, target, progress=_show)
        finally:
            show_progress("")
    if as_json:
        fields = {"rows": done.rows, "counted": done.counted}
        kept = {"destination": done.destination, "database": str(done.database)}
        print_result(json_line({**fields, **kept}))
        return
    if done.rows:
        print_result(f"Copied {plural(done.rows, 'row')}, and read back the same ones.")
    else:
        print_result("All rows were copied before.")
    print_result(f"Counted {plural(done.counted, 'click')} that waited in the journal.")
    print_result("")
    print_result(f"The links are in PostgreSQL now, at {done.destination}.")
    print_result("Start the server with DATABASE_URL set to that database.")
    print_result("")
    print_result("The old file is kept, but no server starts on it any more:")
    print_result(str(done.database))


def _show(step: Step, number: int, of: int | None) -> None:
    if of is None:
        show_progress(f"{step} {plural(number, 'click')} of the journal …")
    else:
        show_progress(f"{step} {number:,} of {plural(of, 'row')} …")


def _undo(settings: Settings, *, as_json: bool) -> None:
    from waypost.cli.errors import readable_errors
    from waypost.wiring.transfer.undo_promotion import undo_promotion

    with readable_errors():
        path = undo_promotion(settings, skip=SKIPPED)
    if as_json:
        print_result(json_line({"database": str(path), "skipped_ids": SKIPPED}))
        return
    print_result("The server uses this file again, unless DATABASE_URL is set:")
    print_result(str(path))
    print_result("")
    print_result(
        "It has all links and clicks of before the move. Links that were made since"
    )
    print_result(
        "are in PostgreSQL only, and so are clicks since then, except those that the"
    )
    print_result(
        "journal in the data folder still holds: they are counted at the next start."
    )
    print_result(
        f"{SKIPPED:,} ids are skipped, as links over there may have used them."
    )
