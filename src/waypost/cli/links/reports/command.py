"""`waypost report`: the clicks of any links of a running server."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.links.reports.stats import PeriodOption, ZoneOption
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import print_result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waypost.cli.links.client import ServerClient
    from waypost.cli.links.events import Query
    from waypost.cli.links.reports.answers import Counted

EXAMPLES = (
    "waypost report",
    "waypost report sale24 spring --period 7d --compare",
    "waypost report --by country --filter channel=social --filter not_os=ios",
    "waypost report --from 2026-03-01 --to 2026-04-01 --interval week --csv",
    "waypost report sale24 --by referrer --json | jq '.data[].value'",
)


def report(  # noqa: PLR0913  # the parameters of reports
    links: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="LINK",
            help="Codes, or id:1001. Without one: the clicks of all links.",
        ),
    ] = None,
    *,
    period: PeriodOption = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="MOMENT",
            help="Instead of --period: 2026-03-01, 2026-03-01T09:30:00Z or -3d.",
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="MOMENT", help="The moment after the last. Default: now."
        ),
    ] = None,
    tz: ZoneOption = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Break down by country, referrer, device, link …"
        ),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            "-f",
            metavar="NAME=VALUE",
            help="Only such clicks, as country=CH or not_os=ios; nothing after = "
            "is unknown. Repeat it: values of one name are alternatives.",
        ),
    ] = None,
    interval: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="minute, hour, day, week or month."),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="With the period before.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="How many values. Default: 10.")
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(metavar="ORDER", help="-people, -all, -visitors or value."),
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Write CSV for spreadsheets.")
    ] = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Show when clicks came, or with --by from where. Needs ADMIN_TOKEN.

    Visitors are counted once a day; programs are counted apart, as machines.
    """
    from waypost.cli.configuration import admin_token, server_address
    from waypost.cli.links.client import ServerClient

    if by is not None and interval is not None:
        raise WrongUsageError("--by lists values, --interval moments: choose one.")
    if by is None and (limit is not None or sort is not None):
        raise WrongUsageError("--limit and --sort need --by, such as --by country.")
    named = {
        "period": period,
        "from": start,
        "to": end,
        "tz": tz,
        "by": by,
        "interval": interval,
        "compare": "previous" if compare else None,
        "limit": None if limit is None else str(limit),
        "sort": sort,
    }
    query = [
        *(("link", link) for link in links or ()),
        *((name, value) for name, value in named.items() if value is not None),
        *map(_filter, filters or ()),
    ]
    address = server or server_address()
    with ServerClient(address, admin_token=admin_token()) as client:
        if as_json:
            _print_json(client, query)
        elif as_csv:
            _print_csv(client, query)
        else:
            _print_lines(client, query)


def _filter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise WrongUsageError(
            f"{text!r} is no filter: write it as country=CH, and country= for unknown."
        )
    return name, value


def _has_values(query: Query) -> bool:
    """Return whether the report lists values, and no moments."""
    return any(name == "by" for name, _ in query)


def _print_json(client: ServerClient, query: Query) -> None:
    import msgspec

    name = "breakdown" if _has_values(query) else "series"
    print_result(bytes(client.report(name, query, msgspec.Raw)).decode())


def _print_csv(client: ServerClient, query: Query) -> None:
    from waypost.cli.links.reports.answers import BreakdownAnswer, SeriesAnswer

    writer = csv.writer(sys.stdout, lineterminator="\n")
    if _has_values(query):
        breakdown = client.report("breakdown", query, BreakdownAnswer)
        writer.writerow([breakdown.by, "label", "people", "machines", "visitors"])
        for row in breakdown.data:
            writer.writerow([row.value, row.label, *_numbers(row)])
        return
    series = client.report("series", query, SeriesAnswer)
    writer.writerow(["at", "people", "machines", "visitors"])
    for point in series.data:
        writer.writerow([point.at, *_numbers(point)])


def _numbers(counted: Counted) -> Iterable[int | None]:
    return (counted.clicks.people, counted.clicks.machines, counted.visitors)


def _print_lines(client: ServerClient, query: Query) -> None:
    from waypost.cli.links.reports import view
    from waypost.cli.links.reports.answers import (
        BreakdownAnswer,
        SeriesAnswer,
        TotalsAnswer,
    )

    of_totals = [
        (name, value)
        for name, value in query
        if name not in {"by", "interval", "limit", "sort"}
    ]
    for line in view.totals_lines(client.report("totals", of_totals, TotalsAnswer)):
        print_result(line)
    print_result()
    lines = (
        view.breakdown_lines(client.report("breakdown", query, BreakdownAnswer))
        if _has_values(query)
        else view.series_lines(client.report("series", query, SeriesAnswer))
    )
    for line in lines:
        print_result(line)
