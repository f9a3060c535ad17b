"""`waypost simulate`: what a visitor of a link would get, and why."""

from typing import Annotated

import typer

from waypost.cli.links.address import LinkArgument, own_code
from waypost.cli.links.edit import managing_client
from waypost.cli.links.link_options import given
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import json_line, print_result

EXAMPLES = (
    "waypost simulate spring26 --country CH --language de",
    "waypost simulate spring26 --at 2026-03-02T22:30:00Z --query ref=mail",
    "waypost simulate spring26 --ip 203.0.113.7 --json",
)


def simulate(  # noqa: PLR0913, PLR0917  # a command line
    link: LinkArgument,
    country: Annotated[
        str | None,
        typer.Option(metavar="COUNTRY", help="Two letters, as CH."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="LANGUAGE", help="As in Accept-Language, for example de."),
    ] = None,
    user_agent: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What the browser says of itself."),
    ] = None,
    ip: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The visitor's address.")
    ] = None,
    query: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What follows the question mark."),
    ] = None,
    path: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What follows the code and a slash."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="2026-03-01T09:30:00Z, or from now +30m, +2h, +7d. Default: now.",
        ),
    ] = None,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Show what a visitor of a link would get, and why. Needs a key.

    Nothing is counted. What is left out is unknown.
    """
    visit = given(
        country=country,
        language=language,
        user_agent=user_agent,
        ip=ip,
        query=query,
        path=path,
        at=at,
    )
    code = own_code(link, server=server)
    with managing_client(server) as client:
        verdict = client.simulate(code, {"visit": visit})
    if as_json:
        print_result(json_line(verdict))
        return
    for step in verdict.steps:
        name = f" {step.name}" if step.name else ""
        answer = "holds" if step.holds else "does not hold"
        print_result(f"rule {step.rule}{name}: {answer}")
    print_result(verdict.summary())
