"""`waypost doctor`: what is configured, what answers, and how to mend what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import ExitCode
from waypost.cli.options import DataDirOption, JsonOption, ServerOption
from waypost.cli.output import say
from waypost.cli.reports import json_line

if TYPE_CHECKING:
    from waypost.cli.diagnosis import Check, Diagnosis

EXAMPLES = (
    "waypost doctor",
    "waypost doctor --json | jq '.checks[] | select(.status == \"problem\")'",
)


def doctor(
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
    server: ServerOption = None,
    links: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="NUMBER",
            help="How many links, the newest first, are looked at for those that lead "
            "back to this server.",
        ),
    ] = 100_000,
) -> None:
    """Tell what is configured, what is wrong, and how to mend it.

    Nothing is changed. It exits with 1 if there is a problem; a note or a warning
    is none. Secrets are not shown.
    """
    from waypost.cli.checks import diagnose

    diagnosis = diagnose(data_dir=data_dir, server=server, links=links)
    if as_json:
        say(json_line(diagnosis))
    else:
        _show(diagnosis)
    if diagnosis.has_problem:
        raise typer.Exit(ExitCode.REFUSED)


def _show(diagnosis: Diagnosis) -> None:
    if diagnosis.settings:
        say("Settings")
        for setting in diagnosis.settings:
            say(f"  {setting.source:<11}  {setting.name}={setting.value}")
        say()
    say("Checks")
    for check in diagnosis.checks:
        _show_check(check)


def _show_check(check: Check) -> None:
    say(f"  {check.status:<7}  {check.name}: {check.finding}")
    if check.remedy:
        say(f"  {'':<7}  {check.remedy}")
