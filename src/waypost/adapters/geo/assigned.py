"""Countries by the registries' lists, which the package `iptocc` has inside.

A country is the one where a network was assigned, which is nearly always that of its
users: 95 % of IPv4 addresses agree with what is measured.
"""

from iptocc import country_code

from waypost.ports.analytics.enrichment import NOWHERE, Place


class AssignedCountries:
    """Knows countries, and neither regions nor cities."""

    def place(self, address: str) -> Place:
        """Return the place of *address*, which may be any text."""
        if not address.isascii():
            return NOWHERE
        country = country_code(address)
        return Place(country, None, None) if country else NOWHERE
