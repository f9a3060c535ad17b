"""`waypost login` and `waypost logout`: keep a key of a server for other commands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from waypost.cli.exits import CommandError, WrongUsageError
from waypost.cli.options import JsonOption
from waypost.cli.output import print_done

if TYPE_CHECKING:
    from collections.abc import Callable

    from waypost.wiring.access.logins import Logins

T = TypeVar("T")

LOGIN_EXAMPLES = (
    "waypost login https://go.example.com",
    "waypost login < key.txt",
)
LOGOUT_EXAMPLES = ("waypost logout https://go.example.com",)

ServerArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[URL]",
        envvar="WAYPOST_SERVER",
        show_envvar=False,
        help="Where the server answers. Default: http:// with HOST and PORT.",
    ),
]


def login(server: ServerArgument = None, as_json: JsonOption = False) -> None:
    """Keep a key of a server, so that other commands send it there.

    The key is asked for, or read from stdin where there is no terminal; it is never an
    argument, which other users of the machine could see. It is kept in LOGINS_FILE,
    which only its owner may read.
    """
    from waypost.cli.access.key_client import KeyClient
    from waypost.cli.configuration import server_address

    address = server or server_address()
    key = _asked_for(address)
    with KeyClient(address, key=key) as client:
        identity = client.me()
    _with_logins(lambda logins: logins.put(address, key))
    name = f" as {identity.name!r}" if identity.name else ""
    print_done(
        f"Logged in to {address}{name}: {', '.join(identity.scopes)}.",
        as_json=as_json,
        server=address,
        name=identity.name,
        scopes=identity.scopes,
    )


def logout(server: ServerArgument = None, as_json: JsonOption = False) -> None:
    """Forget the key of a server. It stays in force: see `waypost keys revoke`."""
    from waypost.cli.configuration import server_address

    address = server or server_address()
    if not _with_logins(lambda logins: logins.remove(address)):
        raise CommandError(f"There is no login to {address}.")
    print_done(f"Logged out of {address}.", as_json=as_json, server=address)


def _with_logins(change: Callable[[Logins], T]) -> T:
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.access.logins import open_logins

    with readable_errors():
        return change(open_logins(read_settings()))


def _asked_for(address: str) -> str:
    if sys.stdin.isatty():
        text: str = typer.prompt(f"Key of {address}", hide_input=True, err=True)
    else:
        text = sys.stdin.readline()
    key = text.strip()
    if not key or not key.isascii():
        raise WrongUsageError("There is no key: it begins with wp_.")
    return key
