"""`waypost keys`: the keys of a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.options import (
    DataDirOption,
    DryRunOption,
    JsonOption,
    ServerOption,
    examples,
)
from waypost.cli.output import (
    cut,
    json_line,
    note_dry_run,
    print_done,
    print_result,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from waypost.cli.access.key_client import KeyClient, KeyReport
    from waypost.services.access.manage import MadeKey

app = typer.Typer(rich_markup_mode=None)

_ONCE = "It is shown only now."
_WIDTH = 80
_NAME_WIDTH = 20

KeyArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The key's id, as `waypost keys list` has.")
]


ScopesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        metavar="SCOPE",
        help="links:read, links:create, links:write (both), reports:read or admin.",
    ),
]
DomainsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--domain", metavar="HOST", help="Whose links it is for. Default: all."
    ),
]
ExpiryOption = Annotated[
    str | None,
    typer.Option(metavar="MOMENT", help="Until when, as +365d. Default: for ever."),
]
RateOption = Annotated[
    int | None,
    typer.Option(
        "--rate-limit",
        metavar="N",
        min=1,
        help="Requests a minute at most. Default: as the server's settings say.",
    ),
]

OwnOption = Annotated[
    bool,
    typer.Option("--own-links", help="Let it see only the links that it made."),
]


@app.callback(invoke_without_command=True)
def keys(context: typer.Context) -> None:
    """Make, list, change, rotate and revoke keys of the API.

    Each needs a key with the scope admin: see `waypost login`.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command(
    "list", epilog=examples("waypost keys list", "waypost keys list --state active")
)
def list_keys(
    state: Annotated[
        str | None,
        typer.Option(metavar="STATE", help="Only those active, expired or revoked."),
    ] = None,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """List the keys of a server, newest first, without their secrets."""
    with _client(server) as client:
        found = list(client.keys(state=state))
    if as_json:
        for key in found:
            print_result(json_line(key))
    else:
        for line in _lines(found):
            print_result(line)


@app.command(
    "create",
    epilog=examples(
        "waypost keys create form --scope links:create --expires +365d",
        "waypost keys create shop --scope links:write --scope reports:read",
        "waypost keys create widget --scope links:create --rate-limit 60",
        "waypost keys create --admin",
    ),
)
def create(  # noqa: PLR0913  # each is an option
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What people recognise it by.")
    ] = "admin",
    *,
    scopes: ScopesOption = None,
    domains: DomainsOption = None,
    expires: ExpiryOption = None,
    rate_limit: RateOption = None,
    own_links: OwnOption = False,
    dry_run: DryRunOption = False,
    admin: Annotated[
        bool,
        typer.Option(
            "--admin",
            help="Make a key for everything, in the database of this machine, without "
            "asking the server: the first one, or after the last was lost.",
        ),
    ] = False,
    login: Annotated[
        bool,
        typer.Option("--login", help="With --admin: log in to the server with it."),
    ] = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Make a key, and print it. It is shown only once."""
    _require_sense(admin=admin, login=login, scopes=scopes, data_dir=data_dir)
    if admin and dry_run:
        raise WrongUsageError("A server tries it: --dry-run is not for --admin.")
    if admin:
        _create_admin(name, login=login, as_json=as_json, data_dir=data_dir)
        return
    fields = {
        "name": name,
        "scopes": scopes,
        "domains": domains or [],
        "expires_at": expires,
        # Releases before these fields refuse them.
        **({} if rate_limit is None else {"rate_limit": rate_limit}),
        **({"own_links": True} if own_links else {}),
    }
    with _client(server, is_dry_run=dry_run) as client:
        _show(client.make_key(fields), as_json=as_json)


@app.command(
    "rotate",
    epilog=examples(
        "waypost keys rotate 0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11 --overlap +24h"
    ),
)
def rotate(
    key_id: KeyArgument,
    overlap: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="Until when the old secret is accepted as well, as +24h. "
            "Default: it is refused at once.",
        ),
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Give a key another secret, and print it. It is shown only once."""
    with _client(server, is_dry_run=dry_run) as client:
        _show(client.rotate_key(key_id, overlap=overlap), as_json=as_json)


@app.command(
    "revoke",
    epilog=examples("waypost keys revoke 0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11"),
)
def revoke(
    key_id: KeyArgument,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Have a key refused from now on, permanently."""
    with _client(server, is_dry_run=dry_run) as client:
        client.revoke_key(key_id)
    would = "would be" if dry_run else "is"
    sentence = f"{key_id} {would} revoked."
    print_done(sentence, as_json=as_json, id=key_id, state="revoked")
    note_dry_run(is_dry_run=dry_run, as_json=as_json)


def _require_sense(
    *,
    admin: bool,
    login: bool,
    scopes: list[str] | None,
    data_dir: Path | None,
) -> None:
    """Refuse options that exclude or need each other."""
    if admin and scopes:
        raise WrongUsageError("--admin permits everything: leave --scope out.")
    if not admin and not scopes:
        raise WrongUsageError(
            "What may the key do? Name it with --scope, such as --scope links:create."
        )
    if not admin and (login or data_dir):
        raise WrongUsageError("--login and --data-dir are of use with --admin only.")


def _create_admin(
    name: str, *, login: bool, as_json: bool, data_dir: Path | None
) -> None:
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.access.logins import open_logins
    from waypost.wiring.access.offline import make_admin_key

    settings = read_settings(DATA_DIR=data_dir)
    with readable_errors():
        made = asyncio.run(make_admin_key(settings, name=name))
        # Printed first: a file of logins that cannot be written must not lose it.
        _show_made(made, as_json=as_json)
        if login:
            open_logins(settings).put(settings.local_url, made.text)


def _show_made(made: MadeKey, *, as_json: bool) -> None:
    if as_json:
        fields = {"id": made.key.id, "name": made.key.name, "key": made.text}
        print_result(json_line({**fields, "scopes": made.key.scopes}))
    else:
        _show_secret(made.text)


def _show(key: KeyReport, *, as_json: bool) -> None:
    if as_json:
        print_result(json_line(key))
    elif key.key is None:
        # A dry run makes no secret.
        print_result(f"{key.name}  {' '.join(key.scopes)}")
        note_dry_run(is_dry_run=True)
    else:
        _show_secret(key.key)


def _show_secret(text: str) -> None:
    print_result(text)
    typer.echo(f"waypost: {_ONCE}", err=True)


def _lines(found: Iterable[KeyReport]) -> Iterable[str]:
    """Yield two lines for each key, since an id takes half of 80 columns."""
    keys = list(found)
    rows = [
        (
            cut(key.name, _NAME_WIDTH),
            key.prefix or "",
            key.state,
            _day(key.last_used_at),
            " ".join(key.scopes),
        )
        for key in keys
    ]
    if not keys:
        yield "There are no keys."
        return
    header, *lines = table(("NAME", "BEGINS", "STATE", "LAST USED", "SCOPES"), rows)
    yield header
    for key, line in zip(keys, lines, strict=True):
        yield cut(line, _WIDTH)
        yield f"  {key.id}"


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "-"


def _client(server: str | None, *, is_dry_run: bool = False) -> KeyClient:
    from waypost.cli.access.key_client import KeyClient
    from waypost.cli.configuration import needed_key, server_address

    address = server or server_address()
    return KeyClient(address, key=needed_key(address), is_dry_run=is_dry_run)
