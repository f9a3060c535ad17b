"""`waypost domains`: the hosts under which links live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.domains.fields import Fields, with_fields
from waypost.cli.exits import WrongUsageError
from waypost.cli.option_tables import require_text
from waypost.cli.options import (
    DryRunOption,
    IfVersionOption,
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
    print_deleted,
    print_result,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waypost.cli.domains.client import DomainClient, DomainReport

app = typer.Typer(rich_markup_mode=None)

_HOST_WIDTH = 40

HostArgument = Annotated[
    str, typer.Argument(metavar="HOST", help="The domain, such as go.acme.com.")
]


@app.callback(invoke_without_command=True)
def domains(context: typer.Context) -> None:
    """List, add, change and delete the domains of a server.

    An empty URL stands for none. Changes need a key with the scope admin.
    """
    if context.invoked_subcommand is None:
        print_result(context.get_help())


@app.command(
    "list",
    epilog=examples("waypost domains list", "waypost domains list acme --json"),
)
def list_domains(
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="What their hosts hold.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(metavar="STATE", help="Only those active or disabled."),
    ] = None,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """List the domains of a server."""
    named = {"q": text, "state": state}
    require_text(named)
    query = [(name, value) for name, value in named.items() if value is not None]
    with _client(server) as client:
        found = list(client.domains(query))
    if as_json:
        for domain in found:
            print_result(json_line(domain))
        return
    if not found:
        print_result("There are no such domains.")
        return
    for line in _lines(found):
        print_result(line)


@app.command(
    "add",
    epilog=examples(
        "waypost domains add go.acme.com",
        "waypost domains add go.acme.com --root-url https://acme.com",
    ),
)
@with_fields
def add(
    host: HostArgument,
    *,
    fields: Fields,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Add a host whose name leads to this server."""
    with _client(server, is_dry_run=dry_run) as client:
        _show(client.add_domain({"host": host, **fields}), as_json=as_json)
    note_dry_run(is_dry_run=dry_run, as_json=as_json)


@app.command("show", epilog=examples("waypost domains show go.acme.com"))
def show(
    host: HostArgument, as_json: JsonOption = False, server: ServerOption = None
) -> None:
    """Show a domain with all that is set on it."""
    with _client(server) as client:
        _show(client.domain(host), as_json=as_json)


@app.command(
    "edit",
    epilog=examples(
        "waypost domains edit go.acme.com --not-found-url https://acme.com/404",
        "waypost domains edit go.acme.com --root-url ''",
        "waypost domains edit go.acme.com --redirect-status 301 --off",
        "waypost domains edit go.acme.com --no-case --dry-run",
        "waypost domains edit go.acme.com --qr-color 2f7d32 --qr-logo logo.png",
    ),
)
@with_fields
def edit(  # noqa: PLR0913  # each is an option
    host: HostArgument,
    *,
    fields: Fields,
    if_version: IfVersionOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Change a domain; what is not named stays as it is."""
    if not fields:
        raise WrongUsageError("What should change? `waypost domains edit -h` says it.")
    with _client(server, is_dry_run=dry_run) as client:
        changed = client.change_domain(host, fields, version=if_version)
    _show(changed, as_json=as_json)
    note_dry_run(is_dry_run=dry_run, as_json=as_json)


@app.command(
    "delete",
    epilog=examples(
        "waypost domains delete go.acme.com",
        "waypost domains delete go.acme.com --yes",
    ),
)
def delete(  # noqa: PLR0913, PLR0917  # the command line has as many
    host: HostArgument,
    yes: YesOption = False,
    if_version: IfVersionOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Delete a domain that has no links.

    At a terminal it asks first; elsewhere it needs --yes.
    """
    with _client(server, is_dry_run=dry_run) as client:
        if not yes and not dry_run:
            confirm(f"Delete the domain {host}?")
        client.remove_domain(host, version=if_version)
    print_deleted(host, as_json=as_json, is_dry_run=dry_run, host=host)


def _show(domain: DomainReport, *, as_json: bool) -> None:
    if as_json:
        print_result(json_line(domain))
        return
    print_result(f"{domain.host}  version {domain.version}")
    for name, value in _rows(domain):
        print_result(f"  {name:<17} {value}")


def _rows(domain: DomainReport) -> Iterator[tuple[str, str]]:
    """Yield what is set on a domain."""
    yield "state", domain.state + (", default" if domain.default else "")
    yield "links", _count(domain)
    for name in ("root_url", "not_found_url", "unknown_path_url", "expired_url"):
        yield name.replace("_", " ").replace("url", "URL"), getattr(domain, name) or "-"
    yield "case", "counts" if domain.case_sensitive else "makes no difference"
    if domain.well_known:
        yield "well known", ", ".join(domain.well_known)
    if qr := domain.qr:
        logo = f"logo of {len(qr.logo):,} characters" if qr.logo else "no logo"
        look = f"{qr.color} on {qr.background}, margin {qr.margin}, level {qr.level}"
        yield "QR codes", f"{look}, {logo}"
    yield "new links", ", ".join(_defaults(domain)) or "as everywhere"


def _defaults(domain: DomainReport) -> Iterator[str]:
    defaults = domain.defaults
    if defaults.redirect_status != 307:
        yield f"status {defaults.redirect_status}"
    for name in ("forward_query", "forward_path", "crawlable"):
        if getattr(defaults, name):
            yield name
    if defaults.preview != "on_request":
        yield f"preview {defaults.preview}"


def _lines(found: list[DomainReport]) -> list[str]:
    rows = [
        (
            cut(domain.host, _HOST_WIDTH),
            domain.state,
            _count(domain),
            "default" if domain.default else "",
        )
        for domain in found
    ]
    return [line.rstrip() for line in table(("HOST", "STATE", "LINKS", ""), rows)]


def _count(domain: DomainReport) -> str:
    return f"{domain.links}{'' if domain.links_exact else '+'}"


def _client(server: str | None, *, is_dry_run: bool = False) -> DomainClient:
    from waypost.cli.configuration import needed_key, server_address
    from waypost.cli.domains.client import DomainClient

    address = server or server_address()
    return DomainClient(address, key=needed_key(address), is_dry_run=is_dry_run)
