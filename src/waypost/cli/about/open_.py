"""`waypost open`: the page of a link in the browser."""

from typing import Annotated

import typer

from waypost.cli.exits import CommandError
from waypost.cli.links.address import LinkArgument, origin_and_code
from waypost.cli.options import JsonOption
from waypost.cli.output import print_done

EXAMPLES = (
    "waypost open spring26",
    "waypost open spring26 --follow",
    "waypost open https://go.example.com/spring26",
)


def open_(
    link: LinkArgument,
    follow: Annotated[
        bool,
        typer.Option("--follow", help="Go to the target instead, which is a click."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Open the page that shows where a link leads, in the browser.

    Looking at it is no click.
    """
    import webbrowser

    from waypost.cli.configuration import read_settings
    from waypost.domain.links import path_of

    origin, code = origin_and_code(link)
    url = (origin or read_settings().base_url) + path_of(code)
    if not follow:
        url += "+"
    if not webbrowser.open(url):
        raise CommandError(f"There is no browser here. Open {url} on another machine.")
    print_done(url, as_json=as_json, url=url)
