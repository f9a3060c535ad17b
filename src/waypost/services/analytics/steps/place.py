"""Where the visitor is, by the address and by what a trusted proxy says."""

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.clicks import Click
from waypost.ports.analytics.enrichment import Place, Places
from waypost.services.analytics.step import EnrichmentStep


def place_step(places: Places) -> EnrichmentStep:
    """Return the step that looks addresses up in *places*."""
    place = places.place

    def values(click: Click) -> Place:
        found = place(click.address)
        if not click.country or click.country == found.country:
            return found
        return Place(click.country, None, None)

    return EnrichmentStep(
        "place", (Dimension.COUNTRY, Dimension.REGION, Dimension.CITY), values
    )
