"""`waypost links`: list the links of the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.links.link_view import LinkReport, link_report
from waypost.cli.options import DataDirOption, JsonOption
from waypost.cli.output import cut, json_line, print_result, table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from waypost.config import Settings

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
    """List the newest links of the database, with their clicks.

    It works only where the database is, without a server and without a key;
    `waypost list` asks a server, and filters and sorts.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors

    settings = read_settings(DATA_DIR=data_dir)
    list_them = _list_json if as_json else _list_table
    with readable_errors():
        asyncio.run(list_them(_reports(settings, limit=limit)))


async def _reports(settings: Settings, *, limit: int) -> AsyncIterator[LinkReport]:
    from waypost.wiring.offline.links import newest_links

    async for counted in newest_links(settings, limit=limit):
        yield link_report(counted, base_url=settings.base_url)


async def _list_json(reports: AsyncIterator[LinkReport]) -> None:
    async for report in reports:
        print_result(json_line(report))


async def _list_table(reports: AsyncIterator[LinkReport]) -> None:
    for line in _lines([report async for report in reports]):
        print_result(line)


def _lines(reports: list[LinkReport]) -> Iterable[str]:
    """Return a table that fits 80 columns."""
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
