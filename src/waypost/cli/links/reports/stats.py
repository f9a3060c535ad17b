"""`waypost stats`: the clicks and the target of one link of a running server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.links.address import LinkArgument, origin_and_code, server_of
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import json_line, print_error, print_result

if TYPE_CHECKING:
    from waypost.cli.calls.connection import Query
    from waypost.cli.links.client import ServerClient
    from waypost.cli.links.link_view import LinkReport

EXAMPLES = (
    "waypost stats sale24",
    "waypost stats sale24 --period 7d --tz Europe/Zurich",
    "waypost stats sale24 --watch",
    "waypost stats http://localhost:8000/sale24",
    "waypost stats sale24 --json | jq .clicks",
)
_BREAKDOWNS = ("country", "referrer", "device", "browser", "utm_campaign")
_LISTED = 5

PeriodOption = Annotated[
    str | None,
    typer.Option(
        metavar="DAYS",
        help="today, yesterday, 7d, 12mo, month, year or all. Default: 30d.",
    ),
]
ZoneOption = Annotated[
    str | None,
    typer.Option(
        "--tz",
        metavar="ZONE",
        help="Zone of days, as Europe/Zurich. Default: UTC.",
    ),
]


def stats(  # noqa: PLR0913  # the command line has more than one option
    link: LinkArgument,
    *,
    period: PeriodOption = None,
    tz: ZoneOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Print clicks as they come.")
    ] = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Show a link and its clicks: how many, when, and from where.

    When and from where needs a key, and so do --period, --tz and --watch. A whole
    short URL is looked up on its own server, a code alone where --server says. The
    number of clicks is at most a second late, the rest some seconds. --json writes the
    link and the number; `waypost report --json` has the rest.
    """
    from waypost.cli.links.client import ServerClient

    origin, code = origin_and_code(link)
    asks_for_reports = watch or period is not None or tz is not None
    address = server or server_of(origin)
    key = _key(origin, server, address, is_needed=asks_for_reports)
    with ServerClient(address, key=key) as client:
        query = [("link", code), *(("tz", zone) for zone in (tz,) if zone)]
        if watch:
            from waypost.cli.links.reports.live_events import watch as follow

            follow(client, query, as_json=as_json)
        report = client.stats(code)
        if as_json:
            print_result(json_line(report))
            return
        _show(report)
        if key:
            _draw(client, query + [("period", name) for name in (period,) if name])
    if not key and sys.stdout.isatty():
        print_error("With a key this shows when the clicks came, and from where.")


def _key(origin: str, server: str | None, address: str, *, is_needed: bool) -> str:
    """Return the key for the server at *address*, if it is to have one."""
    from waypost.cli.configuration import known_key, needed_key, read_settings
    from waypost.cli.links.address import own_code

    if is_needed:
        own_code(f"{origin}/x" if origin else "x", server=server)
        return needed_key(address)
    is_own = origin in {"", read_settings().base_url, (server or "").rstrip("/")}
    return known_key(address) if is_own else ""


def _show(report: LinkReport) -> None:
    print_result(f"short URL  {report.short_url}")
    print_result(f"leads to   {report.original_url}")
    print_result(f"clicks     {report.clicks:,}")
    print_result(f"created    {report.created_at:%Y-%m-%d %H:%M:%S} UTC")
    print_result(f"changed    {report.updated_at:%Y-%m-%d %H:%M:%S} UTC")


def _draw(client: ServerClient, query: Query) -> None:
    """Print the numbers, the chart and the breakdowns of a link, if there are any."""
    from waypost.cli.calls.failures import RefusedError
    from waypost.cli.links.reports import view
    from waypost.cli.links.reports.answers import (
        BreakdownAnswer,
        SeriesAnswer,
        TotalsAnswer,
    )

    try:
        totals = client.report("totals", query, TotalsAnswer)
    except RefusedError as refusal:
        # Reports may be off, or the server older than they are.
        if refusal.code in {"feature-off", "not-found"}:
            return
        raise
    print_result()
    for line in view.totals_lines(totals):
        print_result(line)
    print_result()
    for line in view.series_lines(client.report("series", query, SeriesAnswer)):
        print_result(line)
    for dimension in _BREAKDOWNS:
        asked = [*query, ("by", dimension), ("limit", str(_LISTED))]
        breakdown = client.report("breakdown", asked, BreakdownAnswer)
        if all(row.value is None for row in breakdown.data):
            continue
        print_result()
        for line in view.breakdown_lines(breakdown):
            print_result(line)
