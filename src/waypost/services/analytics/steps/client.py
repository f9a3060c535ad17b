"""What the visitor has: device, operating system and browser."""

from collections.abc import Sequence
from functools import lru_cache

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.clicks import Click
from waypost.ports.analytics.enrichment import Client, Clients
from waypost.services.analytics.step import CACHED, EnrichmentStep, Values
from waypost.services.analytics.steps.agent import agent_text
from waypost.services.analytics.steps.text import MAX_BYTES


def client_step(clients: Clients) -> EnrichmentStep:
    """Return the step that asks *clients* what a user agent and its hints say."""

    @lru_cache(CACHED)
    def found(user_agent: bytes, hints: bytes) -> Client:
        said = hints[:MAX_BYTES].decode("latin-1")
        return clients.client(agent_text(user_agent), said)

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [found(click.user_agent, click.client_hints) for click in clicks]

    return EnrichmentStep(
        "client", (Dimension.DEVICE, Dimension.OS, Dimension.BROWSER), values
    )
