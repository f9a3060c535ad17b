"""`waypost audit`: who has changed what on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.option_tables import require_text
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import cut, json_line, print_result, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from waypost.cli.access.audit_client import AuditClient, AuditReport, Party

EXAMPLES = (
    "waypost audit",
    "waypost audit --link spring26",
    "waypost audit --action key.created --from=-30d",
    "waypost audit --all --json > audit.jsonl",
)
_WIDTH = 80
_ACTOR_WIDTH = 14
_RESOURCE_WIDTH = 16

ActorsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--actor",
        metavar="ACTOR",
        help="Only what it did: the id of a key, or admin_token, operator, anonymous "
        "or server. May be repeated.",
    ),
]
ActionsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--action",
        metavar="ACTION",
        help="Only this, as link.updated or key.created. May be repeated.",
    ),
]
LinkOption = Annotated[
    str | None,
    typer.Option(
        metavar="LINK", help="Only changes of this link: its code, or id:1001."
    ),
]
ResourceOption = Annotated[
    str | None,
    typer.Option(
        metavar="TYPE:ID", help="Only changes of this, as key:ID or domain:HOST."
    ),
]
FromOption = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="MOMENT", help="From then on: 2026-03-01T09:30:00Z, -7d."
    ),
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="MOMENT", help="Before that moment.")
]
LimitOption = Annotated[
    int,
    typer.Option(min=1, max=1_000, metavar="NUMBER", help="How many changes at most."),
]
AllOption = Annotated[bool, typer.Option("--all", help="All changes, without --limit.")]


def audit(  # noqa: PLR0913  # each is an option
    *,
    actors: ActorsOption = None,
    actions: ActionsOption = None,
    link: LinkOption = None,
    resource: ResourceOption = None,
    since: FromOption = None,
    until: ToOption = None,
    limit: LimitOption = 20,
    everything: AllOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Show who has changed what on a server, the latest first.

    Needs a key with the scope admin: see `waypost login`.
    """
    if link is not None and resource is not None:
        raise WrongUsageError("--link is a resource: name one of both.")
    named = {"actor": actors, "action": actions, "resource": resource}
    query = list(_given({**named, "from": since, "to": until}))
    with _client(server) as client:
        if link is not None:
            require_text(link)
            query.append(("resource", client.resource_of(link)))
        found = client.entries(query, limit=None if everything else limit)
        if as_json:
            for entry in found:
                print_result(json_line(entry))
            return
        lines = _lines(list(found))
    for line in lines:
        print_result(line)


def _given(values: Mapping[str, list[str] | str | None]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                require_text(one)
                yield name, one


def _lines(found: list[AuditReport]) -> Iterable[str]:
    """Return a table that fits 80 columns."""
    if not found:
        return ["There are no such changes."]
    rows = [
        (
            entry.at[:19].replace("T", " "),
            cut(_called(entry.actor), _ACTOR_WIDTH),
            entry.action,
            cut(_called(entry.resource), _RESOURCE_WIDTH),
            _changes(entry),
        )
        for entry in found
    ]
    lines = table(("AT (UTC)", "WHO", "WHAT", "OF", "CHANGES"), rows)
    return (cut(line, _WIDTH) for line in lines)


def _called(party: Party) -> str:
    """Return what people call it, without what would move a terminal's cursor."""
    text = party.name or party.id or party.type
    return "".join(one if one.isprintable() else "?" for one in text)


def _changes(entry: AuditReport) -> str:
    return " ".join(sorted({*(entry.before or {}), *(entry.after or {})}))


def _client(server: str | None) -> AuditClient:
    from waypost.cli.access.audit_client import AuditClient
    from waypost.cli.configuration import needed_key, server_address

    address = server or server_address()
    return AuditClient(address, key=needed_key(address))
