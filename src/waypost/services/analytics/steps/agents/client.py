"""What the visitor has: device, operating system and browser."""

from collections.abc import Sequence

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.remembered import Remembered
from waypost.domain.clicks import Click
from waypost.ports.analytics.enrichment import Client, Clients
from waypost.services.analytics.step import CACHED, EnrichmentStep, Values
from waypost.services.analytics.steps.agents.agent import agent_text
from waypost.services.analytics.steps.text import MAX_BYTES


def client_step(clients: Clients) -> EnrichmentStep:
    """Return the step that asks *clients* what a user agent and its hints say."""

    def found(header: tuple[bytes, bytes]) -> Client:
        user_agent, hints = header
        said = hints[:MAX_BYTES].decode("latin-1")
        return clients.client(agent_text(user_agent), said)

    known = Remembered(found, size=CACHED)

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [known[click.user_agent, click.client_hints] for click in clicks]

    return EnrichmentStep(
        "client", (Dimension.DEVICE, Dimension.OS, Dimension.BROWSER), values
    )
