"""The user agent's text, as it is stored and classified."""

from functools import lru_cache
from typing import Final

from waypost.domain.analytics.dimensions import Dimension
from waypost.services.analytics.step import CACHED, EnrichmentStep
from waypost.services.analytics.steps.text import MAX_BYTES, text_of

MAX_AGENT: Final = 512
"""Characters that are kept of a user agent; few have more than 300."""


def agent_text(user_agent: bytes) -> str | None:
    """Return the text that stands for a user agent everywhere in analytics."""
    return text_of(user_agent, MAX_AGENT)


def agent_step() -> EnrichmentStep:
    """Return the step that keeps the user agent."""
    cached = lru_cache(CACHED)(lambda user_agent: (agent_text(user_agent),))
    return EnrichmentStep(
        "agent",
        (Dimension.AGENT,),
        lambda click: cached(click.user_agent[:MAX_BYTES]),
    )
