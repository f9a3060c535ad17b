"""`waypost bulk`: make and change the links of a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import msgspec
import typer

from waypost.cli.exits import CommandError, ExitCode, WrongUsageError
from waypost.cli.links.edit import managing_client
from waypost.cli.options import DryRunOption, JsonOption, ServerOption
from waypost.cli.output import (
    json_line,
    note_dry_run,
    plural,
    print_error,
    print_result,
    show_progress,
)

if TYPE_CHECKING:
    from waypost.cli.links.bulk.failed_rows import FailedRows
    from waypost.cli.links.bulk.progress import NoProgressFile, Progress, ProgressFile
    from waypost.cli.links.bulk.rows import Row
    from waypost.cli.links.bulk.sending import Result
    from waypost.cli.links.client import ServerClient

EXAMPLES = (
    "waypost bulk links.csv --errors failed.csv",
    "waypost bulk links.csv --resume",
    "waypost bulk links.jsonl > short-urls.txt",
    "waypost bulk links.csv --json | jq 'select(.error)'",
    "echo 'https://example.com/' | sed '1i url' | waypost bulk -",
)
STDIN: Final = "-"
_NAMED_ERRORS: Final = 20
"""How many failed rows are named on stderr."""
_JSON_LINES: Final = (".jsonl", ".ndjson")

FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="CSV whose first line names the columns (url, code, title, tags, …), or "
        "JSON Lines; - reads stdin.",
    ),
]
ErrorsOption = Annotated[
    Path | None,
    typer.Option(
        "--errors",
        metavar="FILE",
        help="Where failed rows go, to be corrected and sent again.",
    ),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with a file that was interrupted.")
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="csv or jsonl. Default: by the name of the file; csv for stdin.",
    ),
]


def bulk(  # noqa: PLR0913, PLR0917  # the command line has as many
    file: FileArgument,
    errors: ErrorsOption = None,
    resume: ResumeOption = False,
    format_: FormatOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Make and change the links of a file, and print the short URLs. Needs a key.

    A row without op makes a link; with op update, put, delete or restore, and link, it
    changes one. Cells that are empty are left out, and tags are separated by commas.
    Failed rows are named on stderr and leave the others alone. How far the file was
    sent is in FILE.progress until all is done: after an interruption, --resume does
    nothing twice within a day. With --json, stdout has the result of each row. A dry
    run tries portions of rows, which do not see what those before them would do.
    """
    from waypost.cli.links.bulk.failed_rows import FailedRows
    from waypost.cli.links.bulk.progress import progress_of
    from waypost.cli.links.bulk.rows import read_rows

    is_csv = _is_csv(file, format_)
    if dry_run and resume:
        raise WrongUsageError("A dry run cannot be resumed: it does nothing.")
    with (
        _opened(file) as source,
        managing_client(server, is_dry_run=dry_run) as client,
    ):
        rows = read_rows(source, is_csv=is_csv)
        # Nothing of a dry run has to be gone on with.
        kept, progress = progress_of(STDIN if dry_run else file, is_resumed=resume)
        with FailedRows(errors, rows, progress) as failed:
            load = _Load(
                client=client,
                kept=kept,
                progress=progress,
                failed=failed,
                as_json=as_json,
            )
            with _hint_of_resuming(kept, file, progress, as_json=as_json):
                load.send(rows.rows)
    show_progress("")
    summary = f"{plural(progress.rows, 'row')}, {progress.failed:,} failed."
    if as_json and progress.failed:
        raise CommandError(summary)
    if not as_json:
        print_error(summary)
    note_dry_run(is_dry_run=dry_run, as_json=as_json)
    if progress.failed:
        raise typer.Exit(ExitCode.REFUSED)


@contextmanager
def _hint_of_resuming(
    kept: ProgressFile | NoProgressFile, file: str, progress: Progress, *, as_json: bool
) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, CommandError):
        show_progress("")
        if as_json:
            raise
        done = f"Interrupted after {plural(progress.rows, 'row')}"
        resuming = f": go on with `waypost bulk {file} --resume`"
        print_error(done + (resuming if kept.can_be_resumed else "") + ".")
        raise


def _is_csv(file: str, format_: str | None) -> bool:
    if format_ not in {None, "csv", "jsonl"}:
        raise WrongUsageError("--format is csv or jsonl.")
    if format_ is None:
        return Path(file).suffix.lower() not in _JSON_LINES
    return format_ == "csv"


def _opened(file: str) -> BinaryIO:
    if file == STDIN:
        return sys.stdin.buffer
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise WrongUsageError(f"{file} cannot be read: {error.strerror}.") from error


class _Load:
    """One file on its way to the server."""

    def __init__(
        self,
        *,
        client: ServerClient,
        kept: ProgressFile | NoProgressFile,
        progress: Progress,
        failed: FailedRows,
        as_json: bool,
    ) -> None:
        self._client = client
        self._kept = kept
        self._progress = progress
        self._failed = failed
        self._named = 0
        self._as_json = as_json

    def send(self, rows: Iterable[Row]) -> None:
        """Send those *rows* that are not done yet."""
        from waypost.cli.links.bulk.sending import chunks_of, send

        progress = self._progress
        began, before = time.monotonic(), progress.rows
        # First, so that a load that is killed in its first portion has a name too.
        self._kept.write(progress)
        for chunk in chunks_of(islice(rows, before, None)):
            key = f"{progress.run}-{progress.rows}"
            self._note(chunk, send(chunk, key=key, client=self._client))
            self._kept.write(progress)
            rate = (progress.rows - before) / max(time.monotonic() - began, 0.001)
            show_progress(
                f"{progress.rows:,} rows, {progress.failed:,} failed, {rate:,.0f}/s"
            )
        self._kept.remove()

    def _note(self, chunk: Sequence[Row], results: Sequence[Result]) -> None:
        for row, result in zip(chunk, results, strict=True):
            if self._as_json:
                print_result(
                    json_line({"line": row.number, **msgspec.to_builtins(result)})
                )
            elif result.link is not None and result.link.short_url is not None:
                print_result(result.link.short_url)
            if result.link is not None:
                continue
            self._progress.failed += 1
            self._failed.add(row, result.why)
            if not self._as_json:
                self._name(row, result.why)
        self._progress.rows += len(chunk)
        self._progress.errors_bytes = self._failed.flushed()

    def _name(self, row: Row, why: str) -> None:
        self._named += 1
        if self._named <= _NAMED_ERRORS:
            print_error(f"line {row.number}: {why}")
        elif self._named == _NAMED_ERRORS + 1:
            print_error("More rows have failed: --errors FILE keeps them.")
