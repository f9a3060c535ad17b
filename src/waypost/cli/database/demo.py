"""`waypost demo`: links and clicks to try the product out with."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.options import DataDirOption, JsonOption
from waypost.cli.output import json_line, plural, print_result, show_progress

if TYPE_CHECKING:
    from waypost.wiring.offline.demo import DemoRecord

EXAMPLES = (
    "waypost demo",
    "waypost demo --links 10000 --clicks 10000000 --days 365",
    "waypost demo --seed 7 --until 2026-06-30",
    "waypost demo --remove",
)

LinksOption = Annotated[
    int | None,
    typer.Option("--links", metavar="NUMBER", min=1, help="Default: 200."),
]
ClicksOption = Annotated[
    int | None,
    typer.Option("--clicks", metavar="NUMBER", min=0, help="Default: 100,000."),
]
DaysOption = Annotated[
    int | None,
    typer.Option(
        "--days", metavar="NUMBER", min=1, max=3650, help="Of clicks. Default: 90."
    ),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option(
        "--until",
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="The last day with clicks, in UTC. Default: yesterday.",
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="NUMBER",
        min=0,
        help="The same seed gives the same clicks. Default: 1.",
    ),
]
RemoveOption = Annotated[
    bool, typer.Option("--remove", help="Delete the links and their clicks again.")
]


def demo(  # noqa: PLR0913, PLR0917  # each is an option
    links: LinksOption = None,
    clicks: ClicksOption = None,
    days: DaysOption = None,
    until: UntilOption = None,
    seed: SeedOption = None,
    remove: RemoveOption = False,
    as_json: JsonOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Make links with months of clicks, to try reports out with.

    Visitors come from many countries at their times of day, with their devices and
    languages, from search, social networks, mail, campaigns and QR codes, and among
    them are machines. All of it is invented. What was interrupted is completed when
    it is run again. An embedded server must be stopped meanwhile; servers with
    PostgreSQL may run.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.offline.demo import DemoWish, make_demo, remove_demo

    settings = read_settings(DATA_DIR=data_dir)
    wish = DemoWish(
        seed=seed,
        links=links,
        clicks=clicks,
        days=days,
        until=until and until.date(),
    )
    with readable_errors():
        if remove:
            record = asyncio.run(remove_demo(settings, progress=show_progress))
        else:
            record = asyncio.run(make_demo(settings, wish, progress=show_progress))
    show_progress("")
    if as_json:
        print_result(json_line({"demo": record, "removed": remove}))
    elif record is None:
        print_result("There is no demonstration.")
    else:
        _show(record, removed=remove)


def _show(record: DemoRecord, *, removed: bool) -> None:
    what = f"{plural(record.links, 'link')} with {plural(record.clicks, 'click')}"
    period = f"from {record.since} to {record.until}"
    if removed:
        print_result(f"Deleted {what} {period}.")
        return
    print_result(f"There are {what} {period}.")
    print_result(
        "Start `waypost serve`, and look with `waypost links` and `waypost report`. "
        "`waypost demo --remove` deletes them again."
    )
