"""No place is known of any address."""

from waypost.ports.analytics.enrichment import NOWHERE, Place


class NoPlaces:
    """Serves where no data of places can be read."""

    def place(self, address: str) -> Place:  # noqa: ARG002 - as the port says
        """Return that nothing is known."""
        return NOWHERE
