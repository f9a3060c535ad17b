"""`waypost jobs ask`, `asked`, `show`, `cancel`: jobs that a running server does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from waypost.cli.exits import CommandError
from waypost.cli.jobs.jobs import CountOnlyOption, JobName, NameArgument, app
from waypost.cli.options import DryRunOption, JsonOption, ServerOption, examples
from waypost.cli.output import cut, json_line, note_dry_run, print_result, table

if TYPE_CHECKING:
    from waypost.cli.calls.connection import Connection, Record

__all__ = ["app"]
"""The commands about jobs, these included."""

_JOBS: Final = "/api/v1/jobs"
_ACTIVE: Final = frozenset({"queued", "running"})
_PAUSE_SECONDS: Final = 1.0
_WIDTH: Final = 80

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The job's id, as `waypost jobs asked` has.")
]


class _Job(msgspec.Struct, frozen=True):
    """A job, as the server shows it."""

    id: str
    type: str
    state: str
    dry_run: bool
    result: dict[str, int]
    error: str | None
    created_at: str
    progress: dict[str, int] | None = None
    """Not named by older releases."""

    @property
    def outcome(self) -> str:
        """What it has done, or would do, or why it failed."""
        counts = ", ".join(
            f"{name.replace('_', ' ')} {count:,}" for name, count in self.result.items()
        )
        return self.error or counts or "-"


@app.command(
    "ask",
    epilog=examples(
        "waypost jobs ask archive --wait",
        "waypost jobs ask retention --dry-run --wait --json | jq .result",
    ),
)
def ask(
    name: NameArgument,
    dry_run: CountOnlyOption = False,
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Until it has ended. Ends with 1 if it fails."),
    ] = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Have a running server do a job; it may be on another machine.

    Needs a key with the scope admin. Ctrl-C ends the waiting, and not the job.
    """
    from waypost.cli.calls.opening import connect

    query = [("dry_run", "true")] if dry_run else []
    with connect(server) as connection:
        job = connection.record("POST", _JOBS, {"type": name.value}, query=query)
        if wait:
            job = _ended(connection, job)
    _print(job, as_json=as_json)
    found = msgspec.convert(job, _Job)
    if wait and found.state != "succeeded":
        raise CommandError(f"The job {found.id} is {found.state}: {found.outcome}.")


@app.command(
    "asked",
    epilog=examples("waypost jobs asked", "waypost jobs asked --state running"),
)
def asked(
    types: Annotated[
        list[JobName] | None,
        typer.Option("--type", help="Only such jobs. May be repeated."),
    ] = None,
    states: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="queued, running, succeeded, failed or canceled. May be repeated.",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="How many at most.")
    ] = 20,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """List the jobs that a running server was asked for.

    The newest come first. They are kept for 30 days. Needs a key with the scope admin.
    """
    from waypost.cli.calls.opening import connect

    query = [
        *(("type", one.value) for one in types or ()),
        *(("state", one) for one in states or ()),
    ]
    with connect(server) as connection:
        found = list(connection.records(_JOBS, query, limit=limit))
    if as_json:
        for job in found:
            print_result(json_line(job))
        return
    if not found:
        print_result("No such job was asked for.")
        return
    header = ("ID", "JOB", "STATE", "RESULT")
    for line in table(header, map(_row, found)):
        print_result(cut(line, _WIDTH))


@app.command(
    "show", epilog=examples("waypost jobs show 0195f2a1-0000-7000-8000-00000000000a")
)
def show_asked(
    job: IdArgument, as_json: JsonOption = False, server: ServerOption = None
) -> None:
    """Show how a job stands that a running server was asked for.

    Needs a key with the scope admin.
    """
    from waypost.cli.calls.opening import connect

    with connect(server) as connection:
        _print(connection.record("GET", _path(job)), as_json=as_json)


@app.command(
    "cancel",
    epilog=examples("waypost jobs cancel 0195f2a1-0000-7000-8000-00000000000a"),
)
def cancel(
    job: IdArgument,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Cancel a job that waits or runs. What it has done stays done.

    Needs a key with the scope admin. One that runs ends some seconds later.
    """
    from waypost.cli.calls.opening import connect

    with connect(server, is_dry_run=dry_run) as connection:
        _print(connection.record("POST", f"{_path(job)}/cancel"), as_json=as_json)
    note_dry_run(is_dry_run=dry_run, as_json=as_json)


def _path(job: str) -> str:
    from waypost.cli.calls.connection import in_path

    return f"{_JOBS}/{in_path(job)}"


def _ended(connection: Connection, job: Record) -> Record:
    while job.get("state") in _ACTIVE:
        time.sleep(_PAUSE_SECONDS)
        job = connection.record("GET", _path(str(job.get("id"))))
    return job


def _row(record: Record) -> tuple[str, ...]:
    job = msgspec.convert(record, _Job)
    return (job.id, job.type, job.state, job.outcome)


def _print(record: Record, *, as_json: bool) -> None:
    if as_json:
        print_result(json_line(record))
        return
    job = msgspec.convert(record, _Job)
    dry = ", dry run" if job.dry_run else ""
    print_result(f"{job.id}  {job.type}, {job.state}{dry}")
    if job.progress is not None:
        print_result("  {done:,} of {total:,} tasks done".format_map(job.progress))
    print_result(f"  {job.outcome}")
