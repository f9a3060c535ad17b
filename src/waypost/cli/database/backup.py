"""`waypost backup`: one file with everything, made while the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.options import DataDirOption, JsonOption
from waypost.cli.output import json_line, plural, print_result, show_progress

if TYPE_CHECKING:
    from waypost.wiring.transfer.backup import Manifest

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
        raise WrongUsageError("Name the file to write, or use --verify FILE.")
    from waypost.cli.errors import readable_errors

    with readable_errors():
        if verify is not None:
            path, manifest = verify, _verified(verify)
        else:
            assert destination is not None, "one of both is named"
            path, manifest = _made(destination, data_dir)
    if as_json:
        print_result(json_line({"file": str(path), "manifest": manifest}))
        return
    print_result(f"{path}: {'is intact' if verify else 'made'}.")
    print_result(f"made at    {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC")
    print_result(f"revision   {manifest.revision}, by Waypost {manifest.product}")
    print_result(f"database   {plural(manifest.rows, 'row')}")
    print_result(f"files      {plural(len(manifest.members), 'file')}")


def _verified(path: Path) -> Manifest:
    from waypost.wiring.transfer import backup

    return backup.verify(path)


def _made(destination: Path, data_dir: Path | None) -> tuple[Path, Manifest]:
    from waypost.cli.configuration import read_settings
    from waypost.wiring.transfer import backup

    settings = read_settings(DATA_DIR=data_dir)
    path = destination
    if destination.is_dir():
        path = destination / backup.default_name()
    manifest = backup.back_up(
        settings,
        path,
        progress=lambda rows: show_progress(f"Backed up {plural(rows, 'row')} …"),
    )
    show_progress("")
    return path, manifest
