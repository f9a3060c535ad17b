"""What a step of enrichment is."""

from collections.abc import Callable
from typing import Final, NamedTuple

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.clicks import Click

CACHED: Final = 4096
"""How many different headers a step remembers what it found out of."""


class EnrichmentStep(NamedTuple):
    """One thing that is found out about a click."""

    name: str
    """Label of its metrics."""
    dimensions: tuple[Dimension, ...]
    values: Callable[[Click], tuple[str | None, ...]]
    """Return the value of each of the dimensions; None: unknown. Raises nothing."""
