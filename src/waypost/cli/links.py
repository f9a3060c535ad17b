"""`waypost links`: list the links of the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.options import DataDirOption, JsonOption
from waypost.cli.output import cut, say, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waypost.cli.reports import LinkReport

EXAMPLES = (
    "waypost links",
    "waypost links --limit 5 --data-dir /var/lib/waypost",
    "waypost links --limit 1000000 --json > links.jsonl",
)

_WIDTH = 80
_CODE_WIDTH = 24


def links(
    limit: Annotated[
        int,
        typer.Option(min=1, metavar="NUMBER", help="How many links to list at most."),
    ] = 20,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """List links and their clicks, the newest first, straight from the database.

    There are no accounts yet, so the HTTP API does not list links, and this command
    works only where the database is. The server may run meanwhile, or not.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.reports import json_line, link_report
    from waypost.wiring import offline

    settings = read_settings(DATA_DIR=data_dir)
    found = asyncio.run(offline.newest_links(settings, limit=limit))
    reports = [link_report(each, base_url=settings.base_url) for each in found]
    lines = map(json_line, reports) if as_json else _lines(reports)
    for line in lines:
        say(line)


def _lines(reports: list[LinkReport]) -> Iterable[str]:
    """Yield a table that fits 80 columns."""
    if not reports:
        return ["There are no links yet."]
    rows = [
        (
            cut(report.short_code, _CODE_WIDTH),
            f"{report.clicks:,}",
            f"{report.created_at:%Y-%m-%d %H:%M}",
            report.original_url,
        )
        for report in reports
    ]
    lines = table(("CODE", "CLICKS", "CREATED (UTC)", "LEADS TO"), rows)
    return (cut(line, _WIDTH) for line in lines)
