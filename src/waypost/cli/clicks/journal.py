"""`waypost journal …`: look at the click journal, check it, count what it holds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import ExitCode
from waypost.cli.options import DataDirOption, JsonOption, examples
from waypost.cli.output import json_line, plural, print_result, show_progress, table

if TYPE_CHECKING:
    from waypost.services.clicks.journal_counts import Counted
    from waypost.wiring.offline.journal import JournalReport, SegmentReport

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

    The journal keeps clicks on disk until they are counted. A running server deletes
    its parts (segments) once all its readers have read them. The commands here only
    read it; they may run beside the server.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command(
    epilog=examples("waypost journal inspect", "waypost journal inspect --json")
)
def inspect(
    source: FromOption = None,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """List the segments of the journal.

    Each with its number, the id of its journal, bytes, clicks, and the times of its
    first and last click. Every start of the server begins a journal of its own.
    """
    report = _inspected(source, data_dir)
    if as_json:
        print_result(json_line(report))
        return
    header = ("SEGMENT", "JOURNAL", "BYTES", "CLICKS", "FIRST (UTC)", "LAST (UTC)")
    for line in table(header, map(_row, report.segments)):
        print_result(line)


@app.command(
    epilog=examples(
        "waypost journal verify", "waypost journal verify --from /backup/journal"
    )
)
def verify(
    source: FromOption = None,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Read every record, and list what is damaged.

    The exit code is 1 if anything is. Bytes at the very end that are not a whole
    record are what a killed process leaves behind. No redirect was answered for them,
    so they are not damage.
    """
    report = _inspected(source, data_dir)
    if as_json:
        print_result(json_line(report))
    else:
        _show_damage(report)
    if not report.intact:
        raise typer.Exit(ExitCode.REFUSED)


@app.command(
    epilog=examples(
        "waypost journal replay", "waypost journal replay --from /backup/journal"
    )
)
def replay(
    source: FromOption = None,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Count the clicks of a journal that are not counted yet.

    It must be a journal of the same database. The server may run meanwhile, and each
    click still counts exactly once: which clicks are counted is stored together with
    the counts, so the command may be repeated or interrupted at any moment.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.offline.journal import replay_journal

    settings = read_settings(DATA_DIR=data_dir)
    folder = source or settings.journal_folder
    with readable_errors():
        total = asyncio.run(
            replay_journal(
                settings, folder, progress=lambda sum_: show_progress(_sentence(sum_))
            )
        )
    print_result(json_line(total) if as_json else _sentence(total))


@app.command(
    epilog=examples("waypost journal readers", "waypost journal readers --json")
)
def readers(as_json: JsonOption = False, data_dir: DataDirOption = None) -> None:
    """List the readers of the journal and their progress.

    `counts` adds clicks to their links' counts, `bus` publishes them to Kafka. The
    settings say which there are. What all readers have passed is deleted.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.offline.journal import journal_readers

    settings = read_settings(DATA_DIR=data_dir)
    with readable_errors():
        found = asyncio.run(journal_readers(settings))
    if as_json:
        print_result(json_line({"readers": found}))
        return
    header = ("READER", "SEGMENT", "OFFSET", "UNREAD BYTES")
    rows = (
        (
            each.reader,
            str(each.segment),
            str(each.offset),
            f"{each.unread_bytes:,}",
        )
        for each in found
    )
    for line in table(header, rows):
        print_result(line)


def _inspected(source: Path | None, data_dir: Path | None) -> JournalReport:
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.offline.journal import inspect_journal

    folder = source or read_settings(DATA_DIR=data_dir).journal_folder
    with readable_errors():
        return inspect_journal(folder)


def _row(segment: SegmentReport) -> tuple[str, ...]:
    times = (
        f"{time:%Y-%m-%d %H:%M:%S}" if time else "-"
        for time in (segment.first, segment.last)
    )
    sizes = (f"{segment.size:,}", f"{segment.clicks:,}")
    return (str(segment.number), segment.journal, *sizes, *times)


def _show_damage(report: JournalReport) -> None:
    for segment in report.segments:
        for damage in segment.damaged:
            place = f"segment {segment.number}, offset {damage.offset}"
            print_result(f"{place}: {plural(damage.length, 'byte')}, {damage.reason}")
    places = sum(len(segment.damaged) for segment in report.segments)
    print_result(
        f"{plural(report.clicks, 'click')} in {plural(len(report.segments), 'segment')}"
        f" can be read; {plural(places, 'damaged place') if places else 'no damage'}."
    )


def _sentence(counted: Counted) -> str:
    unknown = f", {counted.unknown:,} on unknown links" if counted.unknown else ""
    return (
        f"Counted {plural(counted.clicks, 'click')}; {counted.duplicates:,} were "
        f"counted before, {plural(counted.damaged, 'damaged place')}{unknown} left out."
    )
