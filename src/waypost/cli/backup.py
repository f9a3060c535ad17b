"""`waypost backup`: one file with everything, made while the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.options import DataDirOption, JsonOption
from waypost.cli.output import plural, say, tell_progress
from waypost.cli.reports import json_line

if TYPE_CHECKING:
    from waypost.wiring.backup import Manifest

EXAMPLES = (
    "waypost backup /backup/",
    "waypost backup /backup/before-upgrade.tar.gz",
    "waypost backup --verify /backup/before-upgrade.tar.gz",
)


def backup(
    destination: Annotated[
        Path | None,
        typer.Argument(
            metavar="DEST",
            help="File to write, or a folder; there it is named after the time.",
        ),
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option(
            "--verify", metavar="FILE", help="Read a backup and check it instead."
        ),
    ] = None,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Back up the database and the clicks that are not counted yet.

    The server may run meanwhile: the backup is of one moment. It holds every link
    and the secret key of the codes, and only its owner may read it.
    """
    if (destination is None) == (verify is None):
        raise WrongUsageError("Name the file to write, or say --verify FILE.")
    from waypost.cli.readable import readable_errors

    with readable_errors():
        if verify is not None:
            path, manifest = verify, _verified(verify)
        else:
            assert destination is not None, "one of both is named"
            path, manifest = _made(destination, data_dir)
    if as_json:
        say(json_line({"file": str(path), "manifest": manifest}))
        return
    say(f"{path}: {'is intact' if verify else 'made'}.")
    say(f"made at    {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC")
    say(f"revision   {manifest.revision}, by Waypost {manifest.product}")
    say(f"database   {plural(manifest.rows, 'row')}")
    say(f"files      {plural(len(manifest.members), 'file')}")


def _verified(path: Path) -> Manifest:
    from waypost.wiring import backup

    return backup.verify(path)


def _made(destination: Path, data_dir: Path | None) -> tuple[Path, Manifest]:
    from waypost.cli.configuration import read_settings
    from waypost.wiring import backup

    settings = read_settings(DATA_DIR=data_dir)
    path = destination
    if destination.is_dir():
        path = destination / backup.default_name()
    manifest = backup.back_up(
        settings,
        path,
        progress=lambda rows: tell_progress(f"Backed up {plural(rows, 'row')} …"),
    )
    tell_progress("")
    return path, manifest
