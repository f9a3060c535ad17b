"""Countries by the registries' lists, which the package `iptocc` has inside.

A country is the one where a network was assigned, which is nearly always that of its
users: 95 % of IPv4 addresses agree with what is measured.
"""

from typing import Final

from iptocc import country_code

from waypost.domain.analytics.remembered import Remembered
from waypost.ports.analytics.enrichment import NOWHERE, Place

_COUNTRIES: Final = 512
"""More than there are."""


class AssignedCountries:
    """Knows countries, and neither regions nor cities."""

    def __init__(self) -> None:
        self._places = Remembered(_place_of, size=_COUNTRIES)

    def place(self, address: str) -> Place:
        """Return the place of *address*, which may be any text."""
        return self._places[country_code(address)] if address.isascii() else NOWHERE


def _place_of(country: str | None) -> Place:
    return Place(country, None, None) if country else NOWHERE
