"""`waypost orphans`: visits of a running server that belong to no link."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.links.edit import managing_client
from waypost.cli.links.reports.answers import ClickNumbers
from waypost.cli.links.reports.command import FromOption, ToOption
from waypost.cli.options import DryRunOption, JsonOption, ServerOption
from waypost.cli.output import (
    confirm,
    cut,
    json_line,
    note_dry_run,
    plural,
    print_result,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from waypost.cli.calls.connection import Query
    from waypost.cli.links.client import ServerClient
    from waypost.cli.links.reports.answers import UnknownCodeAnswer, UnknownCodesAnswer

EXAMPLES = (
    "waypost orphans",
    "waypost orphans sale --kind unknown_code --from -7d",
    "waypost orphans --sort=-last_at --limit 100",
    "waypost orphans --json | jq .nearest",
    "waypost orphans --delete --to=-90d --yes",
)

_WIDTH = 80
_PATH_WIDTH = 22
_DAY = len("2026-03-01")
_PAGE = 100


TextArgument = Annotated[
    str | None,
    typer.Argument(metavar="TEXT", help="Only codes and paths that contain it."),
]
KindOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND",
        help="unknown_code, unknown_path or base_url. Repeat it for several.",
    ),
]
DomainOption = Annotated[
    list[str] | None,
    typer.Option(metavar="HOST", help="Only of this domain. May be repeated."),
]
SortOption = Annotated[
    str | None, typer.Option(metavar="ORDER", help="-clicks or -last_at.")
]
LimitOption = Annotated[
    int, typer.Option(min=1, metavar="NUMBER", help="How many to list at most.")
]
DeleteOption = Annotated[
    bool,
    typer.Option(
        "--delete",
        help="Delete them instead, all or those that --kind and --to name. Needs "
        "a key with the scope admin.",
    ),
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Delete them without asking.")
]


def orphans(  # noqa: PLR0913  # the parameters of the list
    text: TextArgument = None,
    *,
    kind: KindOption = None,
    domain: DomainOption = None,
    start: FromOption = None,
    end: ToOption = None,
    sort: SortOption = None,
    limit: LimitOption = 20,
    delete: DeleteOption = False,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """List visits that belong to no link. Needs a key.

    Mistyped codes, other paths and the base URL, each with its visits by people and by
    machines, and the link whose code differs by one slip.
    """
    if delete:
        if any(each is not None for each in (text, domain, start, sort)):
            raise WrongUsageError("--delete goes with --kind and --to only.")
        query = [*(("kind", each) for each in kind or ()), *_end(end)]
        if not yes and not dry_run:
            confirm("Delete these visits?" if query else "Delete all of these visits?")
        _delete(query, is_dry_run=dry_run, as_json=as_json, server=server)
        return
    if dry_run:
        raise WrongUsageError("--dry-run goes with --delete.")
    named = {"q": text, "from": start, "to": end, "sort": sort}
    query = [
        *(("kind", each) for each in kind or ()),
        *(("domain", each) for each in domain or ()),
        *((name, value) for name, value in named.items() if value is not None),
    ]
    _list(query, limit=limit, as_json=as_json, server=server)


def _list(query: Query, *, limit: int, as_json: bool, server: str | None) -> None:
    with managing_client(server) as client:
        pages = _pages(client, query, size=min(limit, _PAGE))
        first = next(pages)
        rows = list(islice(_rows(first, pages), limit))
    for line in map(json_line, rows) if as_json else _lines(rows, first):
        print_result(line)


def _end(end: str | None) -> Query:
    return [] if end is None else [("to", end)]


def _delete(
    query: Query, *, is_dry_run: bool, as_json: bool, server: str | None
) -> None:
    with managing_client(server, is_dry_run=is_dry_run) as client:
        deleted = client.delete_unknown_codes(query)
    if as_json:
        print_result(json_line(deleted))
        return
    clicks = msgspec.convert(deleted["clicks"], ClickNumbers)
    would = "would be " if is_dry_run else ""
    print_result(f"{plural(clicks.all, 'visit')} {would}deleted.")
    note_dry_run(is_dry_run=is_dry_run)


def _pages(
    client: ServerClient, query: Query, *, size: int
) -> Iterator[UnknownCodesAnswer]:
    from waypost.cli.links.reports.answers import UnknownCodesAnswer

    cursor: list[tuple[str, str]] = []
    while True:
        asked = [*query, ("limit", str(size)), *cursor]
        page = client.unknown_codes(asked, UnknownCodesAnswer)
        yield page
        if page.next_cursor is None:
            return
        cursor = [("cursor", page.next_cursor)]


def _rows(
    first: UnknownCodesAnswer, others: Iterable[UnknownCodesAnswer]
) -> Iterator[UnknownCodeAnswer]:
    yield from first.data
    for page in others:
        yield from page.data


def _lines(rows: list[UnknownCodeAnswer], first: UnknownCodesAnswer) -> Iterator[str]:
    """Yield a table that fits 80 columns."""
    if not rows:
        yield "There are no such visits."
    else:
        header = ("PATH", "PEOPLE", "MACHINES", "SINCE", "LAST", "NEAREST")
        has_several = len({row.domain for row in rows}) > 1
        cells = (_cells(row, with_domain=has_several) for row in rows)
        for line in table(header, cells):
            yield cut(line, _WIDTH)
    if first.others:
        others = first.others
        yield f"and {plural(others.all, 'visit')} of codes that are not kept one by one"


def _cells(row: UnknownCodeAnswer, *, with_domain: bool) -> tuple[str, ...]:
    path = f"/{row.code or ''}"
    return (
        cut(f"{row.domain}{path}" if with_domain else path, _PATH_WIDTH),
        f"{row.clicks.people:,}",
        f"{row.clicks.machines:,}",
        row.first_at[:_DAY],
        row.last_at[:_DAY],
        f"/{row.nearest}" if row.nearest else "",
    )
