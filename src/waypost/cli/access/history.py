"""`waypost history`: who has changed a link, when, and from what to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waypost.cli.links.address import LinkArgument, own_code
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import cut, json_line, print_result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waypost.cli.access.audit_client import AuditReport

EXAMPLES = (
    "waypost history sale24",
    "waypost history sale24 --json | jq 'select(.after.url) | .before.url'",
)
_VALUE_WIDTH = 28


def history(
    link: LinkArgument,
    limit: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="How many changes at most.")
    ] = 20,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Show who has changed a link, and from what to what.

    The latest change comes first. Needs a key that may read the link.
    """
    from waypost.cli.access.audit_client import AuditReport
    from waypost.cli.calls.connection import in_path
    from waypost.cli.calls.opening import connect

    path = f"/api/v1/links/{in_path(own_code(link, server=server))}/history"
    with connect(server) as connection:
        for record in connection.records(path, limit=limit):
            if as_json:
                print_result(json_line(record))
                continue
            for line in _lines(msgspec.convert(record, AuditReport)):
                print_result(line)


def _lines(entry: AuditReport) -> Iterable[str]:
    """Yield who did what when, and a line for each field."""
    who = entry.actor.name or entry.actor.id or entry.actor.type
    yield f"{entry.at[:19].replace('T', ' ')} UTC  {entry.action} by {cut(who, 24)}"
    before, after = entry.before or {}, entry.after or {}
    for name in sorted({*before, *after}):
        yield f"  {name}: {_shown(before.get(name))} -> {_shown(after.get(name))}"


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return cut(value if isinstance(value, str) else json_line(value), _VALUE_WIDTH)
