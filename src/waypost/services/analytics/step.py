"""What a step of enrichment is."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.clicks import Click

CACHED: Final = 4096
"""How many different headers a step remembers what it found out of."""

Values: TypeAlias = tuple[str | None, ...]


class EnrichmentStep(NamedTuple):
    """One thing that is found out about clicks."""

    name: str
    """Label of its metrics."""
    dimensions: tuple[Dimension, ...]
    values: Callable[[Sequence[Click]], list[Values]]
    """Return for each click the value of each dimension; None: unknown.

    For a batch, because to call a function for each click costs more than most steps.
    Raises nothing.
    """
