"""Where the visitor is, by the address."""

from waypost.domain.analytics.dimensions import Dimension
from waypost.ports.analytics.enrichment import Places
from waypost.services.analytics.step import EnrichmentStep


def place_step(places: Places) -> EnrichmentStep:
    """Return the step that looks addresses up in *places*."""
    place = places.place
    return EnrichmentStep(
        "place",
        (Dimension.COUNTRY, Dimension.REGION, Dimension.CITY),
        lambda click: place(click.address),
    )
