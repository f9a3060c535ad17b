"""Whether a machine clicked, and by what that is known."""

from collections.abc import Sequence
from functools import lru_cache

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.machines import EARLY, NETWORK, PREFETCH
from waypost.domain.clicks import Click
from waypost.ports.analytics.enrichment import Machines, Networks
from waypost.services.analytics.step import CACHED, EnrichmentStep, Values
from waypost.services.analytics.steps.agent import agent_text


def machine_step(machines: Machines, *, networks: Networks) -> EnrichmentStep:
    """Return the step that looks for machines.

    What the user agent does not decide comes first: a click that is classified again
    is judged by its agent, and keeps every other reason.
    """

    @lru_cache(CACHED)
    def of_agent(user_agent: bytes) -> Values:
        return (machines.machine_of_agent(agent_text(user_agent)),)

    def found(click: Click) -> Values:
        if click.purpose and EARLY.search(click.purpose):
            return (PREFETCH,)
        if networks.has(click.address):
            return (NETWORK,)
        return of_agent(click.user_agent)

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [found(click) for click in clicks]

    return EnrichmentStep("machine", (Dimension.MACHINE,), values)
