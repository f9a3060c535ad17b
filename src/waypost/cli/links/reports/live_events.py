"""Live clicks in a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from waypost.cli.exits import CommandError
from waypost.cli.links.reports.answers import ClickAnswer, Counted
from waypost.cli.links.reports.view import click_line
from waypost.cli.output import print_result, show_progress

if TYPE_CHECKING:
    from waypost.cli.calls.connection import Query
    from waypost.cli.links.client import ServerClient
    from waypost.cli.links.events import Event

_RETRY_SECONDS: Final = 2.0


def watch(client: ServerClient, query: Query, *, as_json: bool) -> None:
    """Print clicks as they come, until Ctrl-C; today's totals below them.

    Raises:
        CommandError: The server refuses, or does not answer at first. Later its
            restarts are waited for.
    """
    after, has_begun = "", False
    while True:
        try:
            for event in client.events(query, after=after):
                after, has_begun = event.id or after, True
                _print(event, as_json=as_json)
        except CommandError:
            if not has_begun:
                raise
            show_progress("the server does not answer; trying again, Ctrl-C ends this")
        time.sleep(_RETRY_SECONDS)


def _print(event: Event, *, as_json: bool) -> None:
    if event.name == "click":
        _print_click(event.data, as_json=as_json)
    elif event.name == "totals":
        _show_totals(event.data)


def _print_click(data: str, *, as_json: bool) -> None:
    show_progress("")
    click = msgspec.json.decode(data, type=ClickAnswer)
    print_result(data if as_json else click_line(click))


def _show_totals(data: str) -> None:
    totals = msgspec.json.decode(data, type=Counted)
    show_progress(
        f"today: {totals.clicks.people:,} of people, "
        f"{totals.clicks.machines:,} of machines, {totals.visitors or 0:,} visitors"
    )
