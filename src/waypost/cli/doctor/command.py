"""`waypost doctor`: what is configured, what answers, and how to repair faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import ExitCode
from waypost.cli.options import DataDirOption, JsonOption, ServerOption
from waypost.cli.output import json_line, print_result, wrapped

if TYPE_CHECKING:
    from waypost.cli.doctor.findings import Check, Diagnosis

EXAMPLES = (
    "waypost doctor",
    "waypost doctor --json | jq '.checks[] | select(.status == \"problem\")'",
)


def doctor(
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
    server: ServerOption = None,
    all_settings: Annotated[
        bool,
        typer.Option("--all", help="Show every setting, and not only those set."),
    ] = False,
    links: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="NUMBER",
            help="How many links, the newest first, are checked for those that lead "
            "back to this server.",
        ),
    ] = 100_000,
) -> None:
    """Show what is wrong, how to repair it, and what is configured.

    Nothing is changed. The exit code is 1 if there is a problem; notes and warnings
    do not count. Secrets are not shown.
    """
    from waypost.cli.doctor.checks import diagnose

    diagnosis = diagnose(data_dir=data_dir, server=server, links=links)
    if as_json:
        print_result(json_line(diagnosis))
    else:
        _show(diagnosis, all_settings=all_settings)
    if diagnosis.has_problem:
        raise typer.Exit(ExitCode.REFUSED)


def _show(diagnosis: Diagnosis, *, all_settings: bool) -> None:
    from waypost.cli.doctor.provenance import Source

    print_result(diagnosis.verdict)
    print_result("\nChecks")
    for check in diagnosis.by_severity:
        _show_check(check)
    shown = [
        setting
        for setting in diagnosis.settings
        if all_settings or setting.source is not Source.DEFAULT
    ]
    if not diagnosis.settings:
        return
    print_result(
        "\nSettings" if all_settings else "\nSettings that are set (--all: every one)"
    )
    for setting in shown:
        value, place = f"{setting.name}={setting.value}", f"  {setting.source:<11}  "
        for line in wrapped(value, indent=place, hanging=len(place)):
            print_result(line)
    if not shown:
        print_result("  none: every one has its default")


def _show_check(check: Check) -> None:
    finding = f"{check.name}: {check.finding}"
    for line in wrapped(finding, indent=f"  {check.status:<7}  ", hanging=11):
        print_result(line)
    for line in wrapped(check.remedy, indent=" " * 11, hanging=11):
        print_result(line)
