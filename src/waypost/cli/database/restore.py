"""`waypost restore`: put everything back from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.database.ids import SKIPPED
from waypost.cli.exits import CommandError
from waypost.cli.options import DataDirOption, JsonOption
from waypost.cli.output import json_line, plural, print_result, show_progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waypost.wiring.transfer.restore import Restored

EXAMPLES = (
    "waypost restore /backup/before-upgrade.tar.gz",
    "waypost restore --replace /backup/before-upgrade.tar.gz",
)


def restore(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `waypost backup` has made.")
    ],
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Replace the links and counts that are there already."
        ),
    ] = False,
    skip: Annotated[
        int,
        typer.Option(
            "--skip-ids",
            metavar="NUMBER",
            min=0,
            help="How many ids to skip, as links made since the backup used them.",
        ),
    ] = SKIPPED,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Put the database and the data folder back from a backup.

    Stop every process that uses them first. The backup may come from the other kind
    of database. All of it is checked before anything is changed. If it is
    interrupted, run it again: until it is done the server does not start, or starts
    with what was there before.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.transfer import restore

    settings = read_settings(DATA_DIR=data_dir)
    _check_is_file(source)
    with readable_errors():
        done = restore.restore(
            settings,
            source,
            replace=replace,
            skip=skip,
            progress=lambda rows: show_progress(f"Restored {plural(rows, 'row')} …"),
        )
    show_progress("")
    if as_json:
        print_result(json_line(_fields(done, source, is_skipping=bool(skip))))
        return
    _say(done, source, is_skipping=bool(skip))


def _say(done: Restored, source: Path, *, is_skipping: bool) -> None:
    print_result(f"Restored {plural(done.manifest.rows, 'row')} of {source}.")
    if is_skipping:
        print_result(f"Skipped the ids {done.first_skipped:,} to {done.next_id - 1:,}.")
    if done.journal_aside is not None:
        print_result(
            "The click journal that was there does not fit the backup; it is now"
        )
        print_result(f"{done.journal_aside}")


def _check_is_file(source: Path) -> None:
    """Refuse what is no file, and the name of a link: people mean `undelete` then.

    Raises:
        CommandError: It is the name of a link.
    """
    # A path has one slash where a URL has two.
    link = str(source).replace(":/", "://", 1)
    is_url = link.startswith(("http://", "https://"))
    is_code = len(source.parts) == 1 and not source.suffix
    if (is_url or is_code) and not source.exists():
        raise CommandError(
            f"There is no backup {link}. To restore a deleted link: `waypost undelete "
            f"{link}`."
        )


def _fields(done: Restored, source: Path, *, is_skipping: bool) -> Mapping[str, object]:
    """Return what was restored, for programs."""
    return {
        "file": str(source),
        "rows": done.manifest.rows,
        "skipped_ids": [done.first_skipped, done.next_id - 1] if is_skipping else None,
        "journal_aside": done.journal_aside and str(done.journal_aside),
    }
