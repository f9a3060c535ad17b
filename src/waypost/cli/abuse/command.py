"""`waypost abuse`: what visitors have reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.option_tables import require_text
from waypost.cli.options import DryRunOption, JsonOption, ServerOption, examples
from waypost.cli.output import json_line, note_dry_run, print_done, print_result

if TYPE_CHECKING:
    from waypost.cli.abuse.client import AbuseClient, Report

app = typer.Typer(rich_markup_mode=None)

ReportArgument = Annotated[
    str,
    typer.Argument(metavar="ID", help="The report's id, as `waypost abuse list` has."),
]


@app.callback(invoke_without_command=True)
def abuse(context: typer.Context) -> None:
    """Report abuse of a link, and judge what was reported.

    Everyone may report; the others need a key with the scope admin: see
    `waypost login`.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command(
    "list",
    epilog=examples("waypost abuse list", "waypost abuse list --state confirmed"),
)
def list_reports(
    state: Annotated[
        str, typer.Option(metavar="STATE", help="open, confirmed or dismissed.")
    ] = "open",
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """List what visitors have reported, newest first."""
    is_empty = True
    with _client(server) as client:
        for report in client.reports(state=state):
            is_empty = False
            _print(report, as_json=as_json)
    if is_empty and not as_json:
        print_result(f"There are no reports that are {state}.")


@app.command(
    epilog=examples("waypost abuse confirm 0195f2a6-0000-7000-8000-00000000000f")
)
def confirm(
    report: ReportArgument,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Confirm a report, which puts its link in quarantine."""
    with _client(server, is_dry_run=dry_run) as client:
        _print(client.judge(report, "confirmed"), as_json=as_json)
    note_dry_run(is_dry_run=dry_run, as_json=as_json)


@app.command(
    epilog=examples("waypost abuse dismiss 0195f2a6-0000-7000-8000-00000000000f")
)
def dismiss(
    report: ReportArgument,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Dismiss a report: nothing is wrong with its link."""
    with _client(server, is_dry_run=dry_run) as client:
        _print(client.judge(report, "dismissed"), as_json=as_json)
    note_dry_run(is_dry_run=dry_run, as_json=as_json)


@app.command(
    "report",
    epilog=examples(
        "waypost abuse report https://go.example.com/sale24 --reason phishing",
        "waypost abuse report sale24 --reason spam --message 'Sent to our whole list'",
    ),
)
def report_link(  # noqa: PLR0913, PLR0917  # each is an option
    link: Annotated[
        str, typer.Argument(metavar="LINK", help="The short URL, or its code alone.")
    ],
    reason: Annotated[
        str,
        typer.Option(metavar="REASON", help="phishing, malware, spam, legal or other."),
    ],
    message: Annotated[
        str, typer.Option(metavar="TEXT", help="What is wrong with it.")
    ] = "",
    email: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Where you can be reached, if you like."),
    ] = None,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Report a link to those who run its server. Needs no key.

    Whether there is such a link is not said.
    """
    from waypost.cli.abuse.client import AbuseClient
    from waypost.cli.configuration import server_address
    from waypost.cli.links.address import origin_and_code, server_of

    origin, _ = origin_and_code(link)
    address = server or (server_of(origin) if origin else server_address())
    fields = {"short_url": link, "reason": reason, "message": message, "email": email}
    require_text(fields)
    with AbuseClient(address) as client:
        client.complain(fields)
    print_done(
        f"{address} has got the report.",
        as_json=as_json,
        short_url=link,
        reason=reason,
        server=address,
    )


def _client(server: str | None, *, is_dry_run: bool = False) -> AbuseClient:
    from waypost.cli.abuse.client import AbuseClient
    from waypost.cli.configuration import needed_key, server_address

    address = server or server_address()
    return AbuseClient(address, key=needed_key(address), is_dry_run=is_dry_run)


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_result(json_line(report))
        return
    print_result(f"{report.id}  {report.state}, {report.reason}")
    print_result(f"  {report.short_url}, {report.created_at:%Y-%m-%d %H:%M} UTC")
    for line in (*report.message.splitlines(), report.email or ""):
        if line:
            print_result(f"  {line}")
