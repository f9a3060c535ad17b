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
    from collections.abc import Iterable, Mapping

    from waypost.cli.calls.connection import Query
    from waypost.cli.links.client import ServerClient
    from waypost.cli.links.reports.answers import Counted

EXAMPLES = (
    "waypost report",
    "waypost report sale24 spring --period 7d --compare",
    "waypost report --by country --filter channel=social --filter not_os=ios",
    "waypost report --filter domain=go.example.com --by link",
    "waypost report --from 2026-03-01 --to 2026-04-01 --interval week --csv",
    "waypost report sale24 --by referrer --json | jq '.data[].value'",
)

LinksArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="LINK",
        help="Codes, or id:1001. Without one: the clicks of all links.",
    ),
]
FromOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="MOMENT",
        help="Instead of --period: 2026-03-01, 2026-03-01T09:30:00Z or -3d.",
    ),
]
ToOption = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="MOMENT", help="The moment after the last. Default: now."
    ),
]
ByOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Break down by country, continent, referrer, hour_of_week, link …",
    ),
]
FilterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        "-f",
        metavar="NAME=VALUE",
        help="Only such clicks, as country=CH or not_os=ios; nothing after = "
        "is unknown. Repeat it: values of one name are alternatives.",
    ),
]
IntervalOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="minute, hour, day, week or month."),
]
CompareOption = Annotated[
    bool, typer.Option("--compare", help="With the period before.")
]
LimitOption = Annotated[
    int | None, typer.Option(metavar="NUMBER", help="How many values. Default: 10.")
]
SortOption = Annotated[
    str | None,
    typer.Option(metavar="ORDER", help="-people, -all, -visitors or value."),
]
CsvOption = Annotated[bool, typer.Option("--csv", help="Write CSV for spreadsheets.")]


def report(  # noqa: PLR0913  # the parameters of reports
    links: LinksArgument = None,
    *,
    period: PeriodOption = None,
    start: FromOption = None,
    end: ToOption = None,
    tz: ZoneOption = None,
    by: ByOption = None,
    filters: FilterOption = None,
    interval: IntervalOption = None,
    compare: CompareOption = False,
    limit: LimitOption = None,
    sort: SortOption = None,
    as_csv: CsvOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Show when clicks came, or with --by from where. Needs a key.

    Visitors are counted once a day; programs are counted apart, as machines.
    """
    from waypost.cli.configuration import needed_key, server_address
    from waypost.cli.links.client import ServerClient

    is_ranked = limit is not None or sort is not None
    _require_sense(by=by, interval=interval, is_ranked=is_ranked)
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
    query = query_of(links or (), named, filters or ())
    address = server or server_address()
    with ServerClient(address, key=needed_key(address)) as client:
        if as_json:
            _print_json(client, query)
        elif as_csv:
            _print_csv(client, query)
        else:
            _print_lines(client, query)


def _require_sense(*, by: str | None, interval: str | None, is_ranked: bool) -> None:
    """Refuse options that exclude or need each other."""
    if by is not None and interval is not None:
        raise WrongUsageError("--by lists values, --interval moments: choose one.")
    if by is None and is_ranked:
        raise WrongUsageError("--limit and --sort need --by, such as --by country.")


def query_of(
    links: Iterable[str], named: Mapping[str, str | None], filters: Iterable[str]
) -> Query:
    """Return the parameters that are given."""
    return [
        *(("link", link) for link in links),
        *((name, value) for name, value in named.items() if value is not None),
        *map(_filter, filters),
    ]


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
