"""All steps, over the lists and libraries that the product has installed."""

import pytest

from waypost.adapters.agents.clients import ParsedClients
from waypost.adapters.agents.fast_search import search_fast
from waypost.adapters.agents.machines import MachineAgents
from waypost.adapters.geo.assigned import AssignedCountries
from waypost.adapters.geo.networks import NoNetworks
from waypost.services.analytics.order import steps_of
from waypost.services.analytics.step import EnrichmentStep


@pytest.fixture(scope="session")
def steps() -> tuple[EnrichmentStep, ...]:
    """All steps, in their order."""
    return steps_of(
        places=AssignedCountries(),
        clients=ParsedClients(),
        machines=MachineAgents(search_fast),
        networks=NoNetworks(),
        own_hosts={"go.example.com:8000"},
    )
