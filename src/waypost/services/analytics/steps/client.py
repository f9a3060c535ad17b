"""What the visitor has: device, operating system and browser."""

from functools import lru_cache

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.clicks import Click
from waypost.ports.analytics.enrichment import Client, Clients
from waypost.services.analytics.step import CACHED, EnrichmentStep
from waypost.services.analytics.steps.agent import agent_text
from waypost.services.analytics.steps.text import MAX_BYTES


def client_step(clients: Clients) -> EnrichmentStep:
    """Return the step that asks *clients* what a user agent and its hints say."""

    @lru_cache(CACHED)
    def cached(user_agent: bytes, hints: bytes) -> Client:
        return clients.client(agent_text(user_agent), hints.decode("latin-1"))

    def values(click: Click) -> Client:
        return cached(click.user_agent[:MAX_BYTES], click.client_hints[:MAX_BYTES])

    return EnrichmentStep(
        "client", (Dimension.DEVICE, Dimension.OS, Dimension.BROWSER), values
    )
