"""Build what enriches clicks, in the process that does so.

The libraries and their data take about a second and 60 MB: only this process imports
them.
"""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import structlog

from waypost.config import Settings
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.clicks import JournaledClick
from waypost.ports.analytics.rows import VisitorSalts
from waypost.ports.runtime import Clock
from waypost.services.analytics.enrich import Enricher
from waypost.services.analytics.order import steps_of
from waypost.telemetry.metrics import Metrics
from waypost.wiring.analytics.agents import is_fast, open_clients, open_machines
from waypost.wiring.analytics.places import open_networks, open_places

_log = structlog.get_logger()


def open_enricher(
    settings: Settings, *, salts: VisitorSalts, clock: Clock, metrics: Metrics
) -> Enricher:
    """Return what enriches clicks as *settings* ask for.

    Raises:
        SettingsError: A file of `BOT_NETWORKS` cannot be read.
    """
    if not is_fast():
        _log.warning(
            "enrichment.agents_read_slowly", remedy="Install the package ua-parser-rs."
        )
    steps = steps_of(
        places=open_places(settings),
        clients=open_clients(),
        machines=open_machines(),
        networks=open_networks(settings),
        own_hosts={urlsplit(settings.base_url).netloc, *settings.OWN_HOSTS},
    )
    return Enricher(
        steps=steps,
        salts=salts,
        clock=clock,
        honours_privacy=settings.HONOUR_DNT,
        metrics=metrics.enrichment,
    )


class EnricherWhenNeeded:
    """An `Enrich` that is opened by the first clicks.

    A server without clicks starts sooner, and holds less memory.
    """

    def __init__(self, opening: Callable[[], Enricher]) -> None:
        self._opening = opening
        self._enricher: Enricher | None = None

    async def __call__(self, clicks: Sequence[JournaledClick]) -> list[EnrichedClick]:
        """Return *clicks* with what is found out about each.

        Raises:
            SettingsError: A file of `BOT_NETWORKS` cannot be read.
            BackendUnavailable: A salt is not known, and its store does not answer.
        """
        if not clicks:
            return []
        if self._enricher is None:
            self._enricher = self._opening()
        return await self._enricher.enrich(clicks)
