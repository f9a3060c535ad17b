"""`waypost ids`: how many ids are left, and skipping ids that a backup lacks."""

import asyncio
from typing import Annotated

import msgspec
import typer

from waypost.cli.options import DataDirOption, JsonOption, examples
from waypost.cli.output import json_line, print_result

SKIPPED = 1_000_000_000

app = typer.Typer(rich_markup_mode=None)


class SkipReport(msgspec.Struct, frozen=True, kw_only=True):
    """The skipped ids in JSON output."""

    first_skipped: int
    next_id: int
    changed: bool


@app.callback(invoke_without_command=True)
def ids(context: typer.Context) -> None:
    """Show the counter of ids, or raise it after a restore.

    Each new link has an id, and its code is made from it. A database that was
    restored from a backup does not know which ids were used since. The data folder
    remembers those of its own server, which skips them when it starts.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command(epilog=examples("waypost ids show", "waypost ids show --json"))
def show(as_json: JsonOption = False, data_dir: DataDirOption = None) -> None:
    """Show the next id, how many are left, and what is known."""
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.offline.ids import read_ids

    settings = read_settings(DATA_DIR=data_dir)
    with readable_errors():
        state = asyncio.run(read_ids(settings))
    if as_json:
        print_result(json_line(state))
        return
    highest = state.folder_highest
    known = "no ids" if highest is None else f"ids up to {highest:,}"
    print_result(f"next id      {state.next_id:,}")
    print_result(f"ids left     {state.left:,}")
    print_result(f"data folder  knows {known}")
    if state.is_behind:
        print_result(
            "The database was restored from a backup. The server raises the next id"
        )
        print_result("above what the data folder knows when it starts.")


@app.command(epilog=examples("waypost ids skip --dry-run", "waypost ids skip 5000000"))
def skip(
    number: Annotated[
        int, typer.Argument(metavar="NUMBER", min=1, help="How many ids to skip.")
    ] = SKIPPED,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; only show the ids.")
    ] = False,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Skip ids that a lost database may have used.

    Do it after a database was restored by other means than `waypost restore`, before
    servers start. The default is more ids than are used between two backups, and
    less than a three thousandth of all. It cannot be undone.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.offline.ids import skip_ids

    settings = read_settings(DATA_DIR=data_dir)
    with readable_errors():
        change = asyncio.run(skip_ids(settings, number, dry_run=dry_run))
    if as_json:
        print_result(
            json_line(
                SkipReport(
                    first_skipped=change.before,
                    next_id=change.after,
                    changed=not dry_run,
                )
            )
        )
        return
    action = "Would skip" if dry_run else "Skipped"
    print_result(f"{action} the ids {change.before:,} to {change.after - 1:,}.")
