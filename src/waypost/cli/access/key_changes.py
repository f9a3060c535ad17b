"""`waypost keys show`, `edit`: one key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from waypost.cli.access.keys import KeyArgument, RateOption, app
from waypost.cli.exits import WrongUsageError
from waypost.cli.option_tables import require_text
from waypost.cli.options import DryRunOption, JsonOption, ServerOption, examples
from waypost.cli.output import json_line, note_dry_run, print_result, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waypost.cli.calls.connection import Record

__all__ = ["app"]
"""The commands about keys, these included."""

_ID: Final = "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11"
_CLEARED: Final[dict[str, object]] = {
    "expires": None,
    "rate-limit": None,
    "domains": [],
}
_FIELDS: Final = {"expires": "expires_at", "rate-limit": "rate_limit"}

NameOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="What people recognise it by.")
]
ScopesOption = Annotated[
    list[str] | None,
    typer.Option("--scope", metavar="SCOPE", help="All that it permits from now."),
]
DomainsOption = Annotated[
    list[str] | None,
    typer.Option("--domain", metavar="HOST", help="Whose links it is for."),
]
ExpiresOption = Annotated[
    str | None, typer.Option(metavar="MOMENT", help="Until when, as +365d.")
]
OwnLinksOption = Annotated[
    bool | None,
    typer.Option(
        "--own-links/--all-links",
        help="Whether it sees only the links that it made.",
        show_default=False,
    ),
]
ClearOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="expires: for ever; rate-limit: as the server's settings say; "
        "domains: all.",
    ),
]


@app.command("show", epilog=examples(f"waypost keys show {_ID}"))
def show(
    key_id: KeyArgument, as_json: JsonOption = False, server: ServerOption = None
) -> None:
    """Show a key with all that is set on it, without its secret."""
    from waypost.cli.calls.opening import connect

    with connect(server) as connection:
        _print(connection.record("GET", _path(key_id)), as_json=as_json)


@app.command(
    "edit",
    epilog=examples(
        f"waypost keys edit {_ID} --name shop",
        f"waypost keys edit {_ID} --expires +365d",
        f"waypost keys edit {_ID} --clear expires",
    ),
)
def edit(  # noqa: PLR0913  # each is an option
    key_id: KeyArgument,
    *,
    name: NameOption = None,
    scopes: ScopesOption = None,
    domains: DomainsOption = None,
    expires: ExpiresOption = None,
    rate_limit: RateOption = None,
    own_links: OwnLinksOption = None,
    clear: ClearOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Change what a key is called and what it permits; its secret stays.

    What is not named stays as it is.
    """
    named = {
        "name": name,
        "scopes": scopes,
        "domains": domains,
        "expires_at": expires,
        "rate_limit": rate_limit,
        "own_links": own_links,
    }
    set_ = {one: value for one, value in named.items() if value not in (None, [])}
    fields = set_ | _cleared(clear or [], set_)
    require_text(fields)
    if not fields:
        raise WrongUsageError("Name what changes, such as --name or --expires.")
    from waypost.cli.calls.opening import connect

    with connect(server, is_dry_run=dry_run) as connection:
        changed = connection.record("PATCH", _path(key_id), fields)
    _print(changed, as_json=as_json)
    note_dry_run(is_dry_run=dry_run, as_json=as_json)


def _cleared(names: list[str], set_: Mapping[str, object]) -> dict[str, object]:
    """Return the fields that are cleared by these *names*.

    Raises:
        WrongUsageError: One cannot be cleared, or is *set_* as well.
    """
    fields: dict[str, object] = {}
    for name in names:
        field = _FIELDS.get(name, name)
        if name not in _CLEARED:
            raise WrongUsageError(f"--clear takes {', '.join(_CLEARED)}.")
        if field in set_:
            raise WrongUsageError(f"{name} cannot be set and cleared at once.")
        fields[field] = _CLEARED[name]
    return fields


def _path(key_id: str) -> str:
    from waypost.cli.calls.connection import in_path

    return f"/api/v1/keys/{in_path(key_id)}"


def _print(key: Record, *, as_json: bool) -> None:
    if as_json:
        print_result(json_line(key))
        return
    maker = key.get("created_by")
    by = maker.get("name") or maker.get("type") if isinstance(maker, dict) else None
    for line in rows_of({**key, "created_by": by}):
        print_result(line)
