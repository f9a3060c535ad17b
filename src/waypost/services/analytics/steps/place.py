"""Where the visitor is, by the address and by what a trusted proxy says."""

from collections.abc import Sequence

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.clicks import Click
from waypost.ports.analytics.enrichment import Place, Places
from waypost.services.analytics.step import EnrichmentStep, Values


def place_step(places: Places) -> EnrichmentStep:
    """Return the step that looks addresses up in *places*."""
    place = places.place

    def found(click: Click) -> Place:
        by_address = place(click.address)
        if click.country == by_address.country:
            return by_address
        return Place(click.country, None, None)

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [
            found(click) if click.country else place(click.address) for click in clicks
        ]

    return EnrichmentStep(
        "place", (Dimension.COUNTRY, Dimension.REGION, Dimension.CITY), values
    )
