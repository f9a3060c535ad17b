"""`waypost show`, `edit`, `enable`, `disable`, `delete`, `undelete`: one link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.links.address import LinkArgument, own_code
from waypost.cli.links.link_options import (
    Values,
    cleared,
    given,
    nested,
    with_link_options,
)
from waypost.cli.options import (
    DryRunOption,
    IfVersionOption,
    JsonOption,
    ServerOption,
    YesOption,
)
from waypost.cli.output import confirm, json_line, note_dry_run, print_result

if TYPE_CHECKING:
    from waypost.cli.links.client import ServerClient
    from waypost.cli.links.link_view import LinkDetails

SHOW_EXAMPLES = ("waypost show sale24", "waypost show sale24 --json")
EDIT_EXAMPLES = (
    "waypost edit sale24 --url https://example.com/summer",
    "waypost edit sale24 --valid-until +7d --title 'Summer sale'",
    "waypost edit sale24 --clear valid-until --clear notes",
    "waypost edit sale24 --add-tag print --remove-tag draft",
    "waypost edit sale24 --max-clicks 100 --dry-run",
)
ENABLE_EXAMPLES = ("waypost enable sale24",)
DISABLE_EXAMPLES = ("waypost disable sale24",)
UNDELETE_EXAMPLES = ("waypost undelete sale24",)
DELETE_EXAMPLES = ("waypost delete sale24", "waypost delete sale24 --yes")


def show(
    link: LinkArgument, as_json: JsonOption = False, server: ServerOption = None
) -> None:
    """Show a link with all that is set on it. Needs a key."""
    code = own_code(link, server=server)
    with managing_client(server) as client:
        print_link(client.show(code), as_json=as_json)


@with_link_options
def edit(  # noqa: PLR0913, PLR0917  # the command line has more than options of links
    link: LinkArgument,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where the link leads from now on."),
    ] = None,
    clear: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="An option that gets its default again, as valid-until.",
        ),
    ] = None,
    add_tag: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="A tag besides those that the link has."),
    ] = None,
    remove_tag: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="A tag that the link loses."),
    ] = None,
    if_version: IfVersionOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
    *,
    options: Values,
) -> None:
    """Change where a link leads, or what is set on it. Needs a key.

    Options that are not named stay unchanged.
    """
    tags = given(add_tags=add_tag, remove_tags=remove_tag)
    fields = given(url=url) | options | tags
    empty = cleared(clear or ())
    if twice := sorted(fields.keys() & empty):
        raise WrongUsageError(f"{twice[0]} cannot be set and cleared at once.")
    if not fields and not empty:
        raise WrongUsageError("Nothing to change: name an option, for example --title.")
    wanted = given(version=if_version) | fields | empty
    code = own_code(link, server=server)
    with managing_client(server, is_dry_run=dry_run) as client:
        changed = client.edit(code, nested(wanted))
    print_link(changed, as_json=as_json, is_dry_run=dry_run)


def enable(
    link: LinkArgument,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Turn a link on again. Needs a key."""
    code = own_code(link, server=server)
    with managing_client(server, is_dry_run=dry_run) as client:
        changed = client.edit(code, {"disabled": False})
    print_link(changed, as_json=as_json, is_dry_run=dry_run)


def disable(
    link: LinkArgument,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Turn a link off until it is turned on again. Needs a key."""
    code = own_code(link, server=server)
    with managing_client(server, is_dry_run=dry_run) as client:
        changed = client.edit(code, {"disabled": True})
    print_link(changed, as_json=as_json, is_dry_run=dry_run)


def delete(  # noqa: PLR0913, PLR0917  # the command line has as many
    link: LinkArgument,
    yes: YesOption = False,
    if_version: IfVersionOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Delete a link; its code is not used again. Needs a key.

    At a terminal it asks first; elsewhere it needs --yes. `waypost undelete` undoes it,
    for RESTORE_DAYS days.
    """
    code = own_code(link, server=server)
    with managing_client(server, is_dry_run=dry_run) as client:
        if not yes and not dry_run:
            confirm(f"Delete the link {code}?")
        deleted = client.delete(code, version=if_version)
    print_link(deleted, as_json=as_json, is_dry_run=dry_run)


def undelete(
    link: LinkArgument,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Restore a deleted link, with its options and clicks. Needs a key."""
    code = own_code(link, server=server)
    with managing_client(server, is_dry_run=dry_run) as client:
        restored = client.restore(code)
    print_link(restored, as_json=as_json, is_dry_run=dry_run)


def managing_client(server: str | None, *, is_dry_run: bool = False) -> ServerClient:
    """Return a client that may manage links, or only checks what would change them."""
    from waypost.cli.configuration import needed_key, server_address
    from waypost.cli.links.client import ServerClient

    address = server or server_address()
    return ServerClient(address, key=needed_key(address), is_dry_run=is_dry_run)


def print_link(link: LinkDetails, *, as_json: bool, is_dry_run: bool = False) -> None:
    """Write *link* for a person, or as JSON; *is_dry_run*: as it would be."""
    from waypost.cli.links.link_view import print_details

    if as_json:
        print_result(json_line(link.fields))
        return
    print_details(link)
    note_dry_run(is_dry_run=is_dry_run)
