"""What the link chose for the visitor, which the edge has noted: rule and variant."""

from collections.abc import Sequence
from typing import Final

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.clicks import Click
from waypost.services.analytics.step import EnrichmentStep, Values
from waypost.services.analytics.steps.text import text_of

_NONE: Final[Values] = (None, None)


def choice_step() -> EnrichmentStep:
    """Return the step that takes over what the edge has noted."""

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [
            (text_of(click.rule.encode()), text_of(click.variant.encode()))
            if click.rule or click.variant
            else _NONE
            for click in clicks
        ]

    return EnrichmentStep("choice", (Dimension.RULE, Dimension.VARIANT), values)
