"""`waypost list` and `waypost search`: find links on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.calls.list_filters import Filters, with_filters
from waypost.cli.links.edit import managing_client
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import cut, json_line, print_error, print_result, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from waypost.cli.links.link_view import LinkDetails

LIST_EXAMPLES = (
    "waypost list",
    "waypost list --state expired --sort=-clicks",
    "waypost list --created-by 0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11",
    "waypost list --host example.com --all --json > links.jsonl",
)
SEARCH_EXAMPLES = (
    "waypost search spring catalogue",
    "waypost search spring --created-from=-30d",
)

_WIDTH = 80
_CODE_WIDTH = 24
_MOST = 1_000
"""Links of a page."""

LimitOption = Annotated[
    int,
    typer.Option(min=1, max=_MOST, metavar="NUMBER", help="How many links at most."),
]
AllOption = Annotated[bool, typer.Option("--all", help="All links, without --limit.")]


@with_filters
def list_(
    limit: LimitOption = 20,
    everything: AllOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
    *,
    filters: Filters,
) -> None:
    """List the links of a server, the newest first. Needs a key."""
    _list(filters, None if everything else limit, as_json=as_json, server=server)


@with_filters
def search(  # noqa: PLR0913  # what the command line has
    words: Annotated[
        list[str],
        typer.Argument(metavar="WORDS", help="Beginnings of words: spr finds Spring."),
    ],
    limit: LimitOption = 20,
    everything: AllOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
    *,
    filters: Filters,
) -> None:
    """Find links by words of code, URL, title, tags and notes. Needs a key."""
    wanted = [("q", " ".join(words)), *filters]
    _list(wanted, None if everything else limit, as_json=as_json, server=server)


def _list(
    query: Filters, limit: int | None, *, as_json: bool, server: str | None
) -> None:
    found = _links(query, limit, server)
    if as_json:
        for link in found:
            print_result(json_line(link.fields))
        return
    for line in _lines(list(found), query):
        print_result(line)


def _links(
    query: Filters, limit: int | None, server: str | None
) -> Iterator[LinkDetails]:
    """Yield up to *limit* links, page after page; None: all of them."""
    missing, cursor = limit, None
    with managing_client(server) as client:
        while missing is None or missing > 0:
            asked = [*query, ("limit", str(missing or _MOST))]
            if cursor is not None:
                asked.append(("cursor", cursor))
            page = client.list_links(asked)
            yield from page.links
            if missing is not None:
                missing -= len(page.links)
            cursor = page.next_cursor
            if cursor is None:
                return
    print_error("There are more links: list them with --all, or more with --limit.")


def _name(link: LinkDetails, *, is_with_domain: bool) -> str:
    """Return what other commands call *link*; older servers name no domain."""
    domain, code = link.head.domain, link.head.code or ""
    return f"{domain}:{code}" if is_with_domain and domain else code


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "-"


def _lines(links: Sequence[LinkDetails], query: Filters) -> Iterable[str]:
    """Return a table that fits 80 columns.

    Codes have their domain where the list is of one, or of several.
    """
    if not links:
        return ["There are no such links."]
    is_with_domain = (
        "domain" in dict(query) or len({one.head.domain for one in links}) > 1
    )
    rows = [
        (
            cut(_name(link, is_with_domain=is_with_domain), _CODE_WIDTH),
            f"{link.head.clicks.all:,}",
            link.head.state,
            _day(link.head.created_at),
            link.head.url,
        )
        for link in links
    ]
    lines = table(("CODE", "CLICKS", "STATE", "CREATED", "LEADS TO"), rows)
    return (cut(line, _WIDTH) for line in lines)
