"""`waypost journal …`: look at the click journal, check it, count what it holds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import ExitCode
from waypost.cli.options import DataDirOption, JsonOption, examples
from waypost.cli.output import plural, say, table

if TYPE_CHECKING:
    from waypost.config import Settings
    from waypost.wiring.offline import SegmentReport

FromOption = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FOLDER",
        help="Folder of the journal, such as a backup. "
        "Default: the folder journal in DATA_DIR.",
    ),
]

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def journal(context: typer.Context) -> None:
    """Look at the click journal, check it, and count what it holds.

    The journal is where clicks are kept on disk until they are counted. A running
    server deletes its parts (segments) as soon as all their clicks are counted, so
    an empty journal is a good sign. These commands never change the journal.
    """
    if context.invoked_subcommand is None:
        say(context.get_help())


@app.command(epilog=examples("waypost journal inspect", "waypost journal inspect --json"))
def inspect(
    source: FromOption = None, as_json: JsonOption = False, data_dir: DataDirOption = None
) -> None:
    """List the segments: number, bytes, clicks, times of first and last click."""
    from waypost.cli.reports import json_line
    from waypost.wiring import offline

    report = offline.inspect_journal(_folder(source, _settings(data_dir)))
    if as_json:
        say(json_line(report))
        return
    say(f"Journal {report.journal}")
    header = ("SEGMENT", "BYTES", "CLICKS", "FIRST (UTC)", "LAST (UTC)")
    for line in table(header, map(_row, report.segments)):
        say(line)


@app.command(
    epilog=examples(
        "waypost journal verify", "waypost journal verify --from /backup/journal"
    )
)
def verify(
    source: FromOption = None, as_json: JsonOption = False, data_dir: DataDirOption = None
) -> None:
    """Read every record, and list what is damaged; exit with 1 if anything is.

    Bytes at the very end that are no whole record are what a killed process leaves
    behind. No redirect was answered for them, so they are no damage.
    """


@app.command(
    epilog=examples(
        "waypost journal replay --from /backup/journal",
        "waypost journal replay --data-dir /var/lib/waypost",
    )
)
def replay(source: FromOption = None, data_dir: DataDirOption = None) -> None:
    """Count the clicks of a journal that are not counted yet, each exactly once.

    The server may run meanwhile: what was counted is remembered with the counts, in
    the same transaction, so it does not matter who comes first, nor how often this
    is repeated or interrupted.
    """


def _settings(data_dir: Path | None) -> Settings:
    from waypost.cli.configuration import read_settings

    return read_settings(DATA_DIR=data_dir)


def _folder(source: Path | None, settings: Settings) -> Path:
    return source or settings.DATA_DIR / "journal"


def _row(segment: SegmentReport) -> tuple[str, ...]:
    times = (
        f"{time:%Y-%m-%d %H:%M:%S}" if time else "-"
        for time in (segment.first, segment.last)
    )
    return (str(segment.number), f"{segment.size:,}", f"{segment.clicks:,}", *times)
