"""The user agent's text, as it is stored and classified."""

from collections.abc import Sequence
from typing import Final

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.remembered import Remembered
from waypost.domain.clicks import Click
from waypost.services.analytics.step import CACHED, EnrichmentStep, Values
from waypost.services.analytics.steps.text import MAX_BYTES, text_of

MAX_AGENT: Final = 512
"""Characters that are kept of a user agent; few have more than 300."""


def agent_text(user_agent: bytes) -> str | None:
    """Return the text that stands for a user agent everywhere in analytics."""
    return text_of(user_agent[:MAX_BYTES], MAX_AGENT)


def agent_step() -> EnrichmentStep:
    """Return the step that keeps the user agent."""

    def found(user_agent: bytes) -> Values:
        return (agent_text(user_agent),)

    known = Remembered(found, size=CACHED)

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [known[click.user_agent] for click in clicks]

    return EnrichmentStep("agent", (Dimension.AGENT,), values)
