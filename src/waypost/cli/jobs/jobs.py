"""`waypost jobs`: list jobs, run one, and see how the last runs ended."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import BusyError, CommandError
from waypost.cli.options import DataDirOption, JsonOption, examples
from waypost.cli.output import json_line, plural, print_result, table

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from waypost.domain.analytics.jobs import JobRun

app = typer.Typer(rich_markup_mode=None)


class JobName(StrEnum):
    """The jobs that can be run by name."""

    ARCHIVE = "archive"
    RETENTION = "retention"
    RECLASSIFY = "reclassify"
    VERIFY = "verify"


NameArgument = Annotated[JobName, typer.Argument(help="The job to run.")]
CountOnlyOption = Annotated[
    bool, typer.Option("--dry-run", help="Count what it would do, and do nothing.")
]


@app.callback(invoke_without_command=True)
def jobs(context: typer.Context) -> None:
    """List jobs, run one now, and see how the last runs ended.

    `list`, `run` and `status` work where the database is; `ask`, `asked`, `show` and
    `cancel` ask a running server, with a key that has the scope admin.

    A job runs in one process at a time. One that is killed is begun again by the next
    run: what is there already is not done twice. Every run is noted in `jobs.jsonl` in
    the data folder.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command("list", epilog=examples("waypost jobs list"))
def list_jobs(as_json: JsonOption = False, data_dir: DataDirOption = None) -> None:
    """List all jobs, and which of them a server runs by itself each day."""
    from waypost.cli.configuration import read_settings
    from waypost.wiring.jobs.known import JOBS, scheduled

    by_itself = scheduled(read_settings(DATA_DIR=data_dir))
    if as_json:
        for name, text in JOBS.items():
            job = {"job": name, "daily": name in by_itself, "description": text}
            print_result(json_line(job))
        return
    rows = [
        (name, "each day" if name in by_itself else "when asked", text)
        for name, text in JOBS.items()
    ]
    for line in table(("JOB", "RUNS", "WHAT IT DOES"), rows):
        print_result(line)


@app.command(
    "run",
    epilog=examples(
        "waypost jobs run archive",
        "waypost jobs run retention --dry-run",
        "17 3 * * *  waypost jobs run archive    # in a crontab",
    ),
)
def run(
    name: NameArgument,
    dry_run: CountOnlyOption = False,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Run a job now.

    Ends with 0 if it is done, or there was nothing to do; with 1 if it has failed; and
    with 4 if another process runs it.
    """
    from waypost.cli.configuration import read_settings
    from waypost.wiring.jobs import commands

    settings = read_settings(DATA_DIR=data_dir)
    show(commands.run(settings, name.value, is_dry_run=dry_run), as_json=as_json)


@app.command(
    "status", epilog=examples("waypost jobs status", "waypost jobs status --json")
)
def status(as_json: JsonOption = False, data_dir: DataDirOption = None) -> None:
    """Show the last run of each job; it waits for no lock.

    A job that is running may also be one whose process was killed.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.jobs.known import JOBS, open_trail

    with readable_errors():
        trail = open_trail(read_settings(DATA_DIR=data_dir))
        found = [run for job in (*JOBS, "erase") if (run := trail.last(job))]
    if as_json:
        for run in found:
            print_result(json_line(run))
        return
    if not found:
        print_result("No job ran yet.")
        return
    header = ("JOB", "STATE", "AT (UTC)", "SECONDS", "WHAT")
    for line in table(header, map(_row, found)):
        print_result(line)


def show(work: Coroutine[object, object, JobRun], *, as_json: bool) -> None:
    """Run *work*, and print how it has ended.

    Raises:
        CommandError: It has failed, or another process runs the same job.
    """
    from waypost.cli.errors import error_text, readable_errors

    with readable_errors():
        try:
            run = asyncio.run(work)
        except OSError as error:
            raise CommandError(
                f"The audit trail cannot be written: {error_text(error)}. Nothing was "
                "begun."
            ) from error
    if run.state.value == "busy":
        raise BusyError(f"Another process runs {run.job} now. Nothing was begun.")
    if as_json:
        print_result(json_line(run))
    if run.error:
        raise CommandError(
            f"{run.job} has failed after {plural(len(run.done), 'task')}: {run.error}"
        )
    if not as_json:
        print_result(_sentence(run))


def _sentence(run: JobRun) -> str:
    would = "would be " if run.is_dry_run else ""
    counts = _counts(run) or "nothing to count"
    return (
        f"{run.job}: {plural(len(run.done), 'task')} {would}done, {run.skipped:,} "
        f"{'were' if run.skipped != 1 else 'was'} done before; {counts}."
    )


def _row(run: JobRun) -> tuple[str, ...]:
    at: datetime = run.at.astimezone(UTC)
    return (
        run.job,
        run.state.value,
        f"{at:%Y-%m-%d %H:%M:%S}",
        f"{run.duration_seconds:.1f}",
        run.error or _counts(run),
    )


def _counts(run: JobRun) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {count:,}" for name, count in run.counts.items()
    )
