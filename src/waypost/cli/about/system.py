"""`waypost system`: the proof that a running server loses no click."""

from collections.abc import Iterable

import msgspec
import typer

from waypost.cli.exits import ExitCode
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import json_line, plural, print_result, wrapped

EXAMPLES = (
    "waypost system",
    "waypost system --json | jq .clicks",
    "waypost system --server https://go.example.com",
)
_HANGING = 9


class _Clicks(msgspec.Struct, frozen=True):
    """Clicks since the start: recorded = counted + pending + lost."""

    recorded: int
    counted: int
    pending: int
    lost: int


class _Journal(msgspec.Struct, frozen=True):
    """The click journal."""

    bytes: int
    limit_bytes: int
    readers: dict[str, int]


class _System(msgspec.Struct, frozen=True):
    """What a server is, and how its clicks stand."""

    version: str
    mode: str
    health: dict[str, str]
    clicks: _Clicks
    journal: _Journal
    warnings: list[str]


def system(as_json: JsonOption = False, server: ServerOption = None) -> None:
    """Show whether a running server has lost clicks.

    It compares those that it has recorded since its start with those that are counted.
    Ends with 1 if some are lost. Needs a key with the scope admin.
    """
    from waypost.cli.calls.opening import connect

    with connect(server) as connection:
        record = connection.record("GET", "/api/v1/system")
    found = msgspec.convert(record, _System)
    if as_json:
        print_result(json_line(record))
    else:
        for line in _lines(found):
            print_result(line)
    if found.clicks.lost:
        raise typer.Exit(ExitCode.REFUSED)


def _lines(found: _System) -> Iterable[str]:
    clicks, journal = found.clicks, found.journal
    yield f"waypost  {found.version}, {found.mode}"
    yield from _row("health", ", ".join(map(" ".join, found.health.items())))
    yield from _row(
        "clicks",
        f"{clicks.recorded:,} recorded = {clicks.counted:,} counted + "
        f"{clicks.pending:,} on their way + {clicks.lost:,} lost",
    )
    yield from _row(
        "journal", f"{plural(journal.bytes, 'byte')} of {journal.limit_bytes:,}"
    )
    unread = [f"{name} {left:,}" for name, left in journal.readers.items()]
    yield from _row("unread", f"bytes for {', '.join(unread)}" if unread else "nothing")
    for warning in found.warnings:
        yield from _row("warning", warning)


def _row(name: str, text: str) -> Iterable[str]:
    return wrapped(text, indent=name.ljust(_HANGING), hanging=_HANGING)
