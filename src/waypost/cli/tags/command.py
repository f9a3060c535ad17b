"""`waypost tags`: the tags of links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.option_tables import require_text
from waypost.cli.options import (
    DryRunOption,
    JsonOption,
    ServerOption,
    YesOption,
    examples,
)
from waypost.cli.output import (
    confirm,
    cut,
    json_line,
    note_dry_run,
    plural,
    print_deleted,
    print_result,
    table,
)

if TYPE_CHECKING:
    from waypost.cli.tags.client import TagClient, TagReport

app = typer.Typer(rich_markup_mode=None)

_NAME_WIDTH = 30
_TEXT_WIDTH = 30

TagArgument = Annotated[
    str, typer.Argument(metavar="TAG", help="The tag. Case makes no difference.")
]


@app.callback(invoke_without_command=True)
def tags(context: typer.Context) -> None:
    """List, describe, rename, merge and delete tags of links.

    Each needs a key: see `waypost login`.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command(
    "list", epilog=examples("waypost tags list", "waypost tags list --sort=-clicks")
)
def list_tags(
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="What their names hold.")
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            metavar="ORDER", help="name, links or clicks; -clicks: the most first."
        ),
    ] = "name",
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """List tags with the numbers of their links and clicks."""
    require_text(text)
    with _client(server) as client:
        found = client.tags(text=text, sort=sort)
        if as_json:
            for tag in found:
                print_result(json_line(tag))
            return
        rows = [_row(tag) for tag in found]
    if not rows:
        print_result("There are no such tags.")
        return
    for line in table(["TAG", "LINKS", "CLICKS", "DESCRIPTION"], rows):
        print_result(line)


@app.command(epilog=examples("waypost tags show spring", "waypost tags show a --json"))
def show(
    tag: TagArgument, as_json: JsonOption = False, server: ServerOption = None
) -> None:
    """Show a tag."""
    with _client(server) as client:
        _print(client.tag(tag), as_json=as_json)


@app.command(
    epilog=examples(
        "waypost tags edit spring --color '#2f7d32'",
        "waypost tags edit spring --description 'Posters and mails of spring'",
        "waypost tags edit spring --clear color",
    )
)
def edit(  # noqa: PLR0913, PLR0917  # the command line has as many
    tag: TagArgument,
    color: Annotated[
        str | None, typer.Option(metavar="COLOR", help="Such as #2f7d32.")
    ] = None,
    description: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What the tag is for.")
    ] = None,
    clear: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="color or description, to be removed."),
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Set the color or the description of a tag.

    Where there is none of this name, it is made.
    """
    fields: dict[str, object] = dict.fromkeys(clear or ())
    for name, value in (("color", color), ("description", description)):
        require_text(value)
        if value is not None:
            fields[name] = value
    if not fields:
        raise WrongUsageError("Name what changes: --color, --description or --clear.")
    from waypost.cli.calls.failures import RefusedError

    with _client(server, is_dry_run=dry_run) as client:
        try:
            changed = client.change(tag, fields)
        except RefusedError as refusal:
            if refusal.code != "tag-not-found":
                raise
            changed = client.say(tag, fields)
    _print(changed, as_json=as_json, is_dry_run=dry_run)


@app.command(epilog=examples("waypost tags rename spring spring-26"))
def rename(
    tag: TagArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name.")],
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Give a tag another name, on all links that have it."""
    with _client(server, is_dry_run=dry_run) as client:
        changed = client.change(tag, {"name": name})
    _print(changed, as_json=as_json, is_dry_run=dry_run)


@app.command(epilog=examples("waypost tags merge spring26 spring-26"))
def merge(
    tag: TagArgument,
    into: Annotated[
        str, typer.Argument(metavar="INTO", help="The tag that all links get instead.")
    ],
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Join a tag with another one, which stays."""
    with _client(server, is_dry_run=dry_run) as client:
        there = client.tag(into)
        changed = client.change(tag, {"name": there.name}, is_merge=True)
    _print(changed, as_json=as_json, is_dry_run=dry_run)


@app.command(
    epilog=examples("waypost tags delete old", "waypost tags delete old --yes")
)
def delete(
    tag: TagArgument,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Delete a tag: links lose it, and keep all else.

    At a terminal it asks first; elsewhere it needs --yes.
    """
    with _client(server, is_dry_run=dry_run) as client:
        found = client.tag(tag)
        if not yes and not dry_run:
            numbers = plural(found.links or 0, "link")
            confirm(f"Delete the tag {found.name} of {numbers}?")
        client.remove(found.name)
    what = f"The tag {found.name}"
    print_deleted(what, as_json=as_json, is_dry_run=dry_run, name=found.name)


def _client(server: str | None, *, is_dry_run: bool = False) -> TagClient:
    from waypost.cli.configuration import needed_key, server_address
    from waypost.cli.tags.client import TagClient

    address = server or server_address()
    return TagClient(address, key=needed_key(address), is_dry_run=is_dry_run)


def _row(tag: TagReport) -> list[str]:
    return [
        cut(tag.name, _NAME_WIDTH),
        f"{tag.links or 0:,}",
        f"{tag.clicks.all if tag.clicks else 0:,}",
        cut(tag.description or "", _TEXT_WIDTH),
    ]


def _print(tag: TagReport, *, as_json: bool, is_dry_run: bool = False) -> None:
    if as_json:
        print_result(json_line(tag))
        return
    numbers = ""
    if tag.links is not None and tag.clicks is not None:
        numbers = f"{plural(tag.links, 'link')}, {plural(tag.clicks.all, 'click')}"
    print_result(f"{tag.name}  {numbers}".rstrip())
    for name, value in (("color", tag.color), ("description", tag.description)):
        if value:
            print_result(f"  {name}: {value}")
    note_dry_run(is_dry_run=is_dry_run)
