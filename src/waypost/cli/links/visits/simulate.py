"""`waypost simulate`: what a visitor of a link would get, and why."""

from collections.abc import Callable
from typing import Annotated, Final, ParamSpec

import typer

from waypost.cli.links.address import LinkArgument, own_code
from waypost.cli.links.edit import managing_client
from waypost.cli.links.link_options import Values, given
from waypost.cli.links.targeting.values import read_object
from waypost.cli.option_tables import with_options_of
from waypost.cli.options import JsonOption, ServerOption
from waypost.cli.output import json_line, print_result

EXAMPLES = (
    "waypost simulate spring26 --country CH --language de",
    "waypost simulate spring26 --at 2026-03-02T22:30:00Z --query ref=mail",
    "waypost simulate spring26 --ip 203.0.113.7 --json",
    "echo '{\"disabled\": true}' | waypost simulate spring26 --patch -",
)


P = ParamSpec("P")

VISIT: Final = {
    "country": Annotated[
        str | None, typer.Option(metavar="COUNTRY", help="Two letters, as CH.")
    ],
    "language": Annotated[
        str | None,
        typer.Option(metavar="LANGUAGE", help="As in Accept-Language, for example de."),
    ],
    "user_agent": Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What the browser says of itself."),
    ],
    "ip": Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The visitor's address.")
    ],
    "query": Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What follows the question mark."),
    ],
    "path": Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What follows the code and a slash."),
    ],
    "at": Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="2026-03-01T09:30:00Z, or from now +30m, +2h, +7d. Default: now.",
        ),
    ],
}
"""What may be said of a visit, by the names of the HTTP API."""


def _with_visit(command: Callable[P, None]) -> Callable[P, None]:
    return with_options_of(
        VISIT, command, into="visit", read=lambda values: given(**values)
    )


@_with_visit
def simulate(
    link: LinkArgument,
    visit: Values,
    patch: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Changes of the link that are not made, as JSON of the API; "
            "- reads stdin.",
        ),
    ] = None,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Show what a visitor of a link would get, and why. Needs a key.

    Nothing is counted. What is left out is unknown.
    """
    code = own_code(link, server=server)
    changes = {} if patch is None else {"patch": read_object(patch)}
    with managing_client(server) as client:
        verdict = client.simulate(code, {"visit": visit, **changes})
    if as_json:
        print_result(json_line(verdict))
        return
    for step in verdict.steps:
        name = f" {step.name}" if step.name else ""
        answer = "holds" if step.holds else "does not hold"
        print_result(f"rule {step.rule}{name}: {answer}")
    print_result(verdict.summary())
