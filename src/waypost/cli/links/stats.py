"""`waypost stats`: the clicks and the target of one link of a running server."""

from waypost.cli.links.address import LinkArgument, origin_and_code, server_of
from waypost.cli.links.link_view import LinkReport
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import json_line, print_result

EXAMPLES = (
    "waypost stats sale24",
    "waypost stats http://localhost:8000/sale24",
    "waypost stats sale24 --json | jq .clicks",
)


def stats(
    link: LinkArgument,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Show a link and how often it was clicked.

    A whole short URL is looked up on its own server, a code alone where --server says.
    Clicks are at most a second late.
    """
    from waypost.cli.links.client import ServerClient

    origin, code = origin_and_code(link)
    with ServerClient(server or server_of(origin)) as client:
        report = client.stats(code)
    if as_json:
        print_result(json_line(report))
    else:
        _show(report)


def _show(report: LinkReport) -> None:
    print_result(f"short URL  {report.short_url}")
    print_result(f"leads to   {report.original_url}")
    print_result(f"clicks     {report.clicks:,}")
    print_result(f"created    {report.created_at:%Y-%m-%d %H:%M:%S} UTC")
    print_result(f"changed    {report.updated_at:%Y-%m-%d %H:%M:%S} UTC")
