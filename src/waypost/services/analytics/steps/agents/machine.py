"""Whether a machine clicked, and by what that is known."""

from collections.abc import Sequence
from typing import Final

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.machines import EARLY, NETWORK, PREFETCH
from waypost.domain.analytics.remembered import Remembered
from waypost.domain.clicks import Click
from waypost.ports.analytics.enrichment import Machines, Networks
from waypost.services.analytics.step import CACHED, EnrichmentStep, Values
from waypost.services.analytics.steps.agents.agent import agent_text

_PREFETCH: Final = (PREFETCH,)
_NETWORK: Final = (NETWORK,)


def machine_step(machines: Machines, *, networks: Networks) -> EnrichmentStep:
    """Return the step that looks for machines.

    What the user agent does not decide comes first: a click that is classified again
    is judged by its agent, and keeps every other reason.
    """

    def of_agent(user_agent: bytes) -> Values:
        return (machines.machine_of_agent(agent_text(user_agent)),)

    known, has = Remembered(of_agent, size=CACHED), networks.has

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [
            _PREFETCH
            if click.purpose and EARLY.search(click.purpose)
            else _NETWORK
            if has(click.address)
            else known[click.user_agent]
            for click in clicks
        ]

    return EnrichmentStep("machine", (Dimension.MACHINE,), values)
