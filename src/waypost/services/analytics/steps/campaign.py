"""The campaign that a short URL's query names: its UTM parameters."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.remembered import Remembered
from waypost.domain.clicks import Click
from waypost.services.analytics.step import CACHED, EnrichmentStep, Values
from waypost.services.analytics.steps.query import parameters
from waypost.services.analytics.steps.text import text_of

Campaign: TypeAlias = tuple[str | None, ...]

_DIMENSIONS: Final = (
    Dimension.UTM_SOURCE,
    Dimension.UTM_MEDIUM,
    Dimension.UTM_CAMPAIGN,
    Dimension.UTM_TERM,
    Dimension.UTM_CONTENT,
)
_NONE: Final[Campaign] = (None,) * len(_DIMENSIONS)
_LONGEST: Final = 2048
"""Bytes of a query in which a campaign is looked for."""


def campaign_of(query: bytes) -> Campaign:
    """Return source, medium, campaign, term and content."""
    found = parameters(query[:_LONGEST])
    return tuple(text_of(found.get(name, b"")) for name in _DIMENSIONS)


def campaign_step() -> EnrichmentStep:
    """Return the step that reads the UTM parameters."""
    known = Remembered(campaign_of, size=CACHED)

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [
            known[click.query] if b"utm" in click.query else _NONE for click in clicks
        ]

    return EnrichmentStep("campaign", _DIMENSIONS, values)
