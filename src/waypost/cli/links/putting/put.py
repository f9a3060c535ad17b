"""`waypost put`: a link as it shall be."""

from typing import Annotated

import typer

from waypost.cli.links.address import own_code
from waypost.cli.links.edit import managing_client, print_link
from waypost.cli.links.link_options import Values, given, nested, with_link_options
from waypost.cli.options import DryRunOption, JsonOption, ServerOption

PUT_EXAMPLES = (
    "waypost put ext:order-77 https://example.com/77",
    "waypost put sale24 https://example.com --title Sale --tag print",
)


@with_link_options
def put(  # noqa: PLR0913  # the command line has as many
    link: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A short code, or your own id as ext:order-77."
        ),
    ],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the link leads.")],
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
    *,
    options: Values,
) -> None:
    """Make a link as it shall be, or replace the one that there is. Needs a key.

    Options that are not named get their defaults. Run again, it changes nothing.
    """
    code = own_code(link, server=server)
    with managing_client(server, is_dry_run=dry_run) as client:
        made = client.put_link(code, nested(given(url=url) | options))
    print_link(made, as_json=as_json, is_dry_run=dry_run)
