"""`waypost utm`: templates of the parameters of campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.option_tables import require_text
from waypost.cli.options import DryRunOption, JsonOption, ServerOption, examples
from waypost.cli.output import json_line, note_dry_run, print_deleted, print_result

if TYPE_CHECKING:
    from waypost.cli.campaigns.client import TemplateClient, TemplateReport

app = typer.Typer(rich_markup_mode=None)

_NAMES = ("source", "medium", "campaign", "term", "content")

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The template's name.")
]


@app.callback(invoke_without_command=True)
def utm(context: typer.Context) -> None:
    """List, set and delete templates for utm parameters of links.

    Each needs a key: see `waypost login`.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command("list", epilog=examples("waypost utm list", "waypost utm list --json"))
def list_templates(as_json: JsonOption = False, server: ServerOption = None) -> None:
    """List the templates."""
    is_empty = True
    with _client(server) as client:
        for template in client.templates():
            is_empty = False
            _print(template, as_json=as_json)
    if is_empty and not as_json:
        print_result("There are no templates: `waypost utm set` makes one.")


@app.command(
    "set",
    epilog=examples(
        "waypost utm set mail --source mail --medium email --content '{date}'"
    ),
)
def set_template(  # noqa: PLR0913, PLR0917  # the parameters of a campaign
    name: NameArgument,
    source: Annotated[
        str | None, typer.Option(metavar="TEXT", help="For utm_source.")
    ] = None,
    medium: Annotated[
        str | None, typer.Option(metavar="TEXT", help="For utm_medium.")
    ] = None,
    campaign: Annotated[
        str | None, typer.Option(metavar="TEXT", help="For utm_campaign.")
    ] = None,
    term: Annotated[
        str | None, typer.Option(metavar="TEXT", help="For utm_term.")
    ] = None,
    content: Annotated[
        str | None, typer.Option(metavar="TEXT", help="For utm_content.")
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Make a template, or replace the one of this name.

    {code}, {domain}, {title} and {date} in a text are those of the link.
    """
    texts = (source, medium, campaign, term, content)
    for text in texts:
        require_text(text)
    values = dict(zip(_NAMES, texts, strict=True))
    with _client(server, is_dry_run=dry_run) as client:
        _print(client.put(name, values), as_json=as_json)
    note_dry_run(is_dry_run=dry_run, as_json=as_json)


@app.command(epilog=examples("waypost utm delete newsletter"))
def delete(
    name: NameArgument,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Delete a template. Links that were filled from it stay as they are."""
    with _client(server, is_dry_run=dry_run) as client:
        client.remove(name)
    what = f"The template {name}"
    print_deleted(what, as_json=as_json, is_dry_run=dry_run, name=name)


def _client(server: str | None, *, is_dry_run: bool = False) -> TemplateClient:
    from waypost.cli.campaigns.client import TemplateClient
    from waypost.cli.configuration import needed_key, server_address

    address = server or server_address()
    return TemplateClient(address, key=needed_key(address), is_dry_run=is_dry_run)


def _print(template: TemplateReport, *, as_json: bool) -> None:
    if as_json:
        print_result(json_line(template))
        return
    print_result(template.name)
    for name in _NAMES:
        if value := getattr(template, name):
            print_result(f"  utm_{name}  {value}")
