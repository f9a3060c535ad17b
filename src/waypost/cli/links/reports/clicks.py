"""`waypost clicks`: single clicks of any links, and those to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.links.edit import managing_client
from waypost.cli.links.reports.command import (
    FilterOption,
    FromOption,
    LinksArgument,
    ToOption,
    query_of,
)
from waypost.cli.links.reports.stats import PeriodOption, ZoneOption
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import json_line, print_result

if TYPE_CHECKING:
    from waypost.cli.calls.connection import Record

EXAMPLES = (
    "waypost clicks sale24",
    "waypost clicks --watch",
    "waypost clicks --period today --filter country=CH --json | jq .referrer",
)


def clicks(  # noqa: PLR0913  # the parameters of reports
    links: LinksArgument = None,
    *,
    period: PeriodOption = None,
    start: FromOption = None,
    end: ToOption = None,
    tz: ZoneOption = None,
    filters: FilterOption = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="How many at most.")
    ] = 20,
    watch: Annotated[
        bool,
        typer.Option("--watch", "-w", help="Print clicks as they come, until Ctrl-C."),
    ] = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """List single clicks, the latest first. Needs a key.

    Without a link: the clicks of all links. Clicks appear some seconds late.
    `waypost export clicks` writes all of a period.
    """
    period_named = {"period": period, "from": start, "to": end}
    if watch and any(period_named.values()):
        raise WrongUsageError("--watch shows clicks to come: leave the period out.")
    query = query_of(links or (), {**period_named, "tz": tz}, filters or ())
    with managing_client(server) as client:
        if watch:
            from waypost.cli.links.reports.live_events import watch as follow

            follow(client, query, as_json=as_json)
        found = list(client.records("/api/v1/reports/clicks", query, limit=limit))
    if not found and not as_json:
        print_result("There are no such clicks.")
    for click in found:
        print_result(json_line(click) if as_json else _line(click))


def _line(click: Record) -> str:
    from waypost.cli.links.reports.answers import ClickAnswer
    from waypost.cli.links.reports.view import dated_click_line

    return dated_click_line(msgspec.convert(click, ClickAnswer))
