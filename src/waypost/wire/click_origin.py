r"""Parts of a click that stand in fields which older releases know, in a record.

    address    203.0.113.7       the address alone
               203.0.113.7 CH    the address, and the country that a trusted proxy said
    sender     bot@example.com\nrule\nvariant
                                 the header, and what the link has chosen

A journal's record is an array whose length older releases check. They pass on the texts
as address and sender, so they are also in events of a forwarder that is older than its
edge; nothing else uses a sender. No header can have the end of a line in it.
"""

from typing import Final

from waypost.domain.clicks import Click
from waypost.domain.reports.country_names import COUNTRY_NAMES

RECORDED: Final = Click._fields.index("country")
"""How many fields a record has: the first ones."""

_COUNTRY_MARK: Final = " "
"""No address has it."""
_CHOICE_MARK: Final = b"\n"


def without_country(click: Click) -> tuple[str | bytes | int, ...]:
    """Return the recorded fields of *click*, of which the address has the country."""
    address = f"{click.address}{_COUNTRY_MARK}{click.country}"
    return click._replace(address=address)[:RECORDED]


def with_choice(sender: bytes, rule: str, variant: str) -> bytes:
    """Return the *sender* of a record, which has the names of what was chosen in it."""
    return _CHOICE_MARK.join((sender, rule.encode(), variant.encode()))


def whole(click: Click) -> Click:
    """Return *click* with country and choice in their own fields.

    The address may be what another program sent: what is no country of ISO 3166-1 is
    dropped.
    """
    if _COUNTRY_MARK in click.address:
        address, _, country = click.address.partition(_COUNTRY_MARK)
        known = country if country in COUNTRY_NAMES else ""
        click = click._replace(address=address, country=known)
    if _CHOICE_MARK in click.sender:
        sender, _, choice = click.sender.partition(_CHOICE_MARK)
        rule, _, variant = choice.decode("utf-8", "replace").partition("\n")
        click = click._replace(sender=sender, rule=rule, variant=variant)
    return click
