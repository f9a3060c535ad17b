"""Put together what fetches titles; its driver is imported where titles are fetched."""

from contextlib import aclosing

from waypost.config import Settings
from waypost.domain.titles.when import FetchTitles
from waypost.services.links.context import LinkContext
from waypost.services.titles.fetches import FetchWantedTitles
from waypost.services.wanted.titles import WantedTitles
from waypost.telemetry.metrics import Metrics
from waypost.wiring.program import Task


def wanted_titles(settings: Settings, metrics: Metrics) -> WantedTitles:
    """Return what holds the links whose titles are wanted."""
    return WantedTitles(
        settings.FETCH_TITLES,
        dropped=metrics.titles.dropped,
        are_private_allowed=settings.FETCH_PRIVATE_ADDRESSES,
    )


def title_tasks(
    settings: Settings, links: LinkContext, metrics: Metrics
) -> tuple[Task, ...]:
    """Return the tasks that fetch titles: none, where that is off."""
    if settings.FETCH_TITLES is FetchTitles.OFF:
        return ()
    from waypost.adapters.fetching.connector import TitleConnector

    async def fetch() -> None:
        connector = TitleConnector(
            checked=links.new_target,
            are_private_allowed=settings.FETCH_PRIVATE_ADDRESSES,
        )
        async with aclosing(connector):
            await FetchWantedTitles(links, connector, metrics.titles).run()

    return (fetch,)
