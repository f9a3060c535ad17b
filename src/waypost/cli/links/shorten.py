"""`waypost shorten`: make short links on a running server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from waypost.cli.exits import CommandError, ExitCode, WrongUsageError
from waypost.cli.links.link_options import (
    Values,
    given,
    nested,
    with_link_options,
)
from waypost.cli.options import DryRunOption, JsonOption, ServerOption
from waypost.cli.output import json_line, print_error, print_error_json, print_result

if TYPE_CHECKING:
    from waypost.cli.links.client import ServerClient
    from waypost.cli.links.link_view import LinkDetails

EXAMPLES = (
    "waypost shorten https://example.com/a/long/page",
    "waypost shorten https://example.com/sale --code sale24",
    "waypost shorten https://example.com/sale --domain go.acme.com",
    "waypost shorten https://example.com/sale --valid-until +7d",
    "waypost shorten https://example.com/sale --code sale24 --dry-run",
    "waypost shorten - < urls.txt > short-urls.txt",
)


CodeOption = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        help="The short code to use: 3 to 20 letters or digits; with options, "
        "1 to 128 letters, digits, - _ . or ~. Default: one is chosen.",
    ),
]
DomainOption = Annotated[
    str | None,
    typer.Option(metavar="HOST", help="Its domain. Default: that of BASE_URL."),
]
ReuseOption = Annotated[
    bool,
    typer.Option(
        "--reuse",
        help="Print a link that leads there already, with the options given here, "
        "if there is one. Needs a key with links:read.",
    ),
]


@with_link_options
def shorten(  # noqa: PLR0913, PLR0917  # the command line has more than options of links
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="What to shorten, with https:// at the beginning; "
            "- reads URLs from stdin, one per line.",
        ),
    ],
    code: CodeOption = None,
    reuse: ReuseOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
    *,
    domain: DomainOption = None,
    options: Values,
) -> None:
    """Shorten a URL on a running server, and print the short URL.

    Only the short URL goes to stdout, so it can be piped. Of many URLs, those that
    are refused are named on stderr, and the others are shortened all the same.
    """
    from waypost.cli.configuration import known_key, server_address
    from waypost.cli.links.client import ServerClient

    if url == "-" and code is not None:
        raise WrongUsageError("--code is for one URL; it cannot be used with -.")
    if domain is not None:
        options = options | {"domain": domain}
    if reuse:
        options = options | {"reuse": True}
    if url == "-" and (options or dry_run):
        raise WrongUsageError("Options are for one URL; they cannot be used with -.")
    address = server or server_address()
    key = known_key(address)
    with ServerClient(address, key=key, is_dry_run=dry_run) as client:
        if options or dry_run:
            made = client.make(nested(given(url=url, code=code) | options))
            _print_made(made, as_json=as_json, is_dry_run=dry_run)
        elif url != "-":
            _shorten_one(url, code=code, as_json=as_json, client=client)
        elif not _shorten_lines(as_json=as_json, client=client):
            raise typer.Exit(ExitCode.REFUSED)


def _print_made(made: LinkDetails, *, as_json: bool, is_dry_run: bool) -> None:
    if as_json:
        print_result(json_line(made.fields))
    elif made.head.short_url is not None:
        print_result(made.head.short_url)
    if is_dry_run and not as_json:
        print_error("This was a dry run: the link can be made, and was not.")


def _shorten_one(
    url: str, *, code: str | None, as_json: bool, client: ServerClient
) -> None:
    link = client.shorten(_readable(url), code=_readable(code) if code else None)
    print_result(json_line(link) if as_json else link.short_url)


def _shorten_lines(*, as_json: bool, client: ServerClient) -> bool:
    """Shorten the URLs on stdin; return whether none was refused."""
    flawless = True
    for number, url in _lines():
        try:
            _shorten_one(url, code=None, as_json=as_json, client=client)
        except CommandError as failure:
            if failure.exit_code is ExitCode.UNREACHABLE:
                raise
            _print_failed(number, failure, as_json=as_json)
            flawless = False
    return flawless


def _print_failed(line: int, failure: CommandError, *, as_json: bool) -> None:
    if as_json:
        print_error_json(
            f"line {line}: {failure}", exit_code=failure.exit_code, code=failure.code
        )
    else:
        print_error(f"line {line}: {failure}")


def _lines() -> Iterator[tuple[int, str]]:
    """Yield the lines of stdin that are not empty, numbered from 1."""
    for number, line in enumerate(sys.stdin.buffer, 1):
        if text := line.decode("utf-8", "surrogateescape").strip():
            yield number, text


def _readable(text: str) -> str:
    """Return *text* unless it stands for bytes that are not text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise WrongUsageError("This is not text in UTF-8.") from None
    return text
