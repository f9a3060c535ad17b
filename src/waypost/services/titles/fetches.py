"""Fetch the titles that are wanted, and give them to their links.

What the link's editors have done meanwhile stays: a title is set only on a link that
still has none and still leads to the page that was fetched.
"""

import asyncio
from dataclasses import replace
from typing import Final

import structlog

from waypost.domain.audit.entries import BY_SERVER
from waypost.domain.errors import BackendUnavailable, DomainError
from waypost.domain.links import Link
from waypost.ports.titles.fetching import FetchOutcome, TitleFetcher
from waypost.services.links.context import LinkContext
from waypost.services.links.edit import Change, change_link
from waypost.services.rounds import Rounds
from waypost.services.wanted.titles import WantedTitle
from waypost.telemetry.title_metrics import TitleMetrics

AT_ONCE: Final = 4
"""Pages that are fetched at the same time."""

_log = structlog.get_logger()


class FetchWantedTitles:
    """Fetches titles for as long as it runs."""

    def __init__(
        self, context: LinkContext, fetcher: TitleFetcher, metrics: TitleMetrics
    ) -> None:
        self._context = context
        self._fetcher = fetcher
        self._metrics = metrics

    async def run(self) -> None:
        """Fetch until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                rounds = Rounds("title.not_set", interval=1.0)
                group.create_task(rounds.run(self.fetch_next))

    async def fetch_next(self) -> float:
        """Fetch the next title that is wanted; return 0: the next one may follow.

        Raises:
            BackendUnavailable: The store does not answer, and this title is lost.
        """
        wanted = await self._context.titles.next()
        fetched = await self._fetcher.fetch(wanted.target)
        self._metrics.fetches.labels(fetched.outcome).inc()
        if fetched.outcome is FetchOutcome.LOOP:
            _log.warning("title.target_loop", code=wanted.key)
        if fetched.title is not None:
            await self._set(wanted, fetched.title)
        return 0.0

    async def _set(self, wanted: WantedTitle, title: str) -> None:
        def titled(link: Link) -> Link:
            if link.options.title is not None or link.target != wanted.target:
                return link
            return replace(link, options=replace(link.options, title=title))

        change = Change(changed=titled, versions=None)
        try:
            await change_link(wanted.key, change, by=BY_SERVER, context=self._context)
        except BackendUnavailable:
            raise
        except DomainError as error:
            # It was deleted meanwhile.
            _log.info("title.not_set", reason=error.code)
