"""The campaign that a short URL's query names: its UTM parameters."""

from functools import lru_cache
from typing import Final

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.clicks import Click
from waypost.services.analytics.step import CACHED, EnrichmentStep
from waypost.services.analytics.steps.query import parameters
from waypost.services.analytics.steps.text import text_of

_DIMENSIONS: Final = (
    Dimension.UTM_SOURCE,
    Dimension.UTM_MEDIUM,
    Dimension.UTM_CAMPAIGN,
    Dimension.UTM_TERM,
    Dimension.UTM_CONTENT,
)
_NONE: Final = (None,) * len(_DIMENSIONS)
_LONGEST: Final = 2048
"""Bytes of a query in which a campaign is looked for."""

Campaign = tuple[str | None, ...]


def campaign_of(query: bytes) -> Campaign:
    """Return source, medium, campaign, term and content."""
    found = parameters(query)
    return tuple(text_of(found.get(name, b"")) for name in _DIMENSIONS)


def campaign_step() -> EnrichmentStep:
    """Return the step that reads the UTM parameters."""
    cached = lru_cache(CACHED)(campaign_of)

    def values(click: Click) -> Campaign:
        return cached(click.query[:_LONGEST]) if b"utm" in click.query else _NONE

    return EnrichmentStep("campaign", _DIMENSIONS, values)
