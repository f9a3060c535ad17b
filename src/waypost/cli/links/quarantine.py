"""`waypost quarantine`, `release`: stop visitors of a link, or warn them."""

from typing import Annotated

import typer

from waypost.cli.links.address import LinkArgument, own_code
from waypost.cli.links.edit import managing_client, print_link
from waypost.cli.links.link_options import given
from waypost.cli.options import DryRunOption, JsonOption, ServerOption
from waypost.domain.abuse.quarantine import QuarantineMode

QUARANTINE_EXAMPLES = (
    "waypost quarantine sale24 --mode block --reason phishing",
    "waypost quarantine sale24 --mode warn --reason spam --note 'Case 4711'",
    "waypost list --state quarantined",
)
RELEASE_EXAMPLES = ("waypost release sale24",)


def quarantine(  # noqa: PLR0913, PLR0917  # a command line
    link: LinkArgument,
    reason: Annotated[
        str,
        typer.Option(
            metavar="REASON",
            help="phishing, malware, spam, legal, reported or other.",
        ),
    ],
    mode: Annotated[
        str,
        typer.Option(
            metavar="MODE",
            help="block: visitors get a page that does not say where the link leads; "
            "or warn: the page says it, and lets them go on.",
        ),
    ] = QuarantineMode.BLOCK.value,
    note: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="A note for those who may change the link; visitors do not see it.",
        ),
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Put a link in quarantine: its visitors are stopped, or warned.

    Needs a key with the scope admin. Only such a key can undo it.
    """
    fields = given(mode=mode, reason=reason, note=note)
    code = own_code(link, server=server)
    with managing_client(server, is_dry_run=dry_run) as client:
        changed = client.quarantine(code, fields)
    print_link(changed, as_json=as_json, is_dry_run=dry_run)


def release(
    link: LinkArgument,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Release a link from quarantine. Needs a key with the scope admin."""
    code = own_code(link, server=server)
    with managing_client(server, is_dry_run=dry_run) as client:
        changed = client.release(code)
    print_link(changed, as_json=as_json, is_dry_run=dry_run)
