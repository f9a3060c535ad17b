"""`waypost stats`: what a running server knows of one link."""

from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from waypost.cli.exits import WrongUsageError
from waypost.cli.links.link_view import LinkReport
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import json_line, print_result

EXAMPLES = (
    "waypost stats sale24",
    "waypost stats http://localhost:8000/sale24",
    "waypost stats sale24 --json | jq .clicks",
)


def stats(
    link: Annotated[
        str,
        typer.Argument(metavar="CODE", help="A short code, or the whole short URL."),
    ],
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Show a link and how often it was clicked.

    A whole short URL is asked for where it leads, a code alone where --server says.
    Clicks are at most a second behind.
    """
    from waypost.cli.links.client import ServerClient

    origin, code = _origin_and_code(link)
    with ServerClient(server or _server_of(origin)) as client:
        report = client.stats(code)
    if as_json:
        print_result(json_line(report))
    else:
        _show(report)


def _origin_and_code(link: str) -> tuple[str, str]:
    """Return `scheme://host` (empty for a code alone) and the short code."""
    if "/" not in link:
        return "", link
    try:
        parts = urlsplit(link if "://" in link else f"//{link}")
    except ValueError:
        parts = urlsplit("")
    code = unquote(parts.path.strip("/"))
    if not parts.netloc or not code or "/" in code:
        raise WrongUsageError(f"{link!r} is neither a short code nor a short URL.")
    return (f"{parts.scheme}://{parts.netloc}" if parts.scheme else ""), code


def _server_of(origin: str) -> str:
    """Return the server of a short URL; our own visitors' name is our own server."""
    from waypost.cli.configuration import local_server, read_settings

    settings = read_settings()
    if origin in {"", settings.base_url}:
        return local_server(settings)
    return origin


def _show(report: LinkReport) -> None:
    print_result(f"short URL  {report.short_url}")
    print_result(f"leads to   {report.original_url}")
    print_result(f"clicks     {report.clicks:,}")
    print_result(f"created    {report.created_at:%Y-%m-%d %H:%M:%S} UTC")
    print_result(f"changed    {report.updated_at:%Y-%m-%d %H:%M:%S} UTC")
