"""The steps of enrichment, in the order of the dimensions."""

from collections.abc import Collection

from waypost.ports.analytics.enrichment import Clients, Machines, Networks, Places
from waypost.services.analytics.step import EnrichmentStep
from waypost.services.analytics.steps.agents.agent import agent_step
from waypost.services.analytics.steps.agents.client import client_step
from waypost.services.analytics.steps.agents.machine import machine_step
from waypost.services.analytics.steps.campaign import campaign_step
from waypost.services.analytics.steps.choice import choice_step
from waypost.services.analytics.steps.language import language_step
from waypost.services.analytics.steps.place import place_step
from waypost.services.analytics.steps.referrer import referrer_step
from waypost.services.analytics.steps.source import source_step


def steps_of(
    *,
    places: Places,
    clients: Clients,
    machines: Machines,
    networks: Networks,
    own_hosts: Collection[str],
) -> tuple[EnrichmentStep, ...]:
    """Return all steps. Together they fill `EnrichedClick.values` in its order.

    Pages of *own_hosts* are no referrers.
    """
    return (
        place_step(places),
        client_step(clients),
        language_step(),
        referrer_step(own_hosts),
        campaign_step(),
        source_step(),
        machine_step(machines, networks=networks),
        agent_step(),
        choice_step(),
    )
