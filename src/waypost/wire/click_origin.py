"""Address and country of a click as one text, in records that may have no new field.

    203.0.113.7        the address alone
    203.0.113.7 CH     the address, and the country that a trusted proxy said

A journal's record is an array whose length older releases check. They pass on the whole
text as the address, so it is also in events of a forwarder that is older than its edge.
"""

from typing import Final

from waypost.domain.clicks import Click
from waypost.domain.reports.country_names import COUNTRY_NAMES

_MARK: Final = " "
"""No address has it."""
assert Click._fields[-1] == "country", "a click's country is its last field"


def without_country(click: Click) -> tuple[str | bytes | int, ...]:
    """Return all fields of *click* but the last one, which the address has in it."""
    return click._replace(address=f"{click.address}{_MARK}{click.country}")[:-1]


def with_country(click: Click) -> Click:
    """Return *click* with the country in its own field, if its address has one.

    It may be what another program sent: what is no country of ISO 3166-1 is dropped.
    """
    if _MARK not in click.address:
        return click
    address, _, country = click.address.partition(_MARK)
    known = country if country in COUNTRY_NAMES else ""
    return click._replace(address=address, country=known)
