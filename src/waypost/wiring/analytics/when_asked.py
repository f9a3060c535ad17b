"""The store of clicks in a process that only makes reports: opened by the first one.

A server starts, redirects and creates links without it, and without loading what
reports are computed with.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import structlog

from waypost.config import Settings
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import ClickQuery, Question
from waypost.domain.errors import BackendUnavailable, Unusable
from waypost.ports.analytics.reports import (
    Answers,
    ClickColumns,
    ClickCursor,
    ReportStore,
)
from waypost.telemetry.log_throttle import LogThrottle
from waypost.wiring.analytics.store import import_store, open_click_store

_log = structlog.get_logger()


class ReportsWhenAsked:
    """A `ReportStore` that opens the one of the settings when it is first used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._store: ReportStore | None = None
        self._throttle = LogThrottle()

    async def ask(self, query: ClickQuery, questions: Sequence[Question]) -> Answers:
        """Answer *questions* about the clicks of *query*, all from one moment."""
        store = await self._opened()
        return await store.ask(query, questions)

    async def clicks(
        self, query: ClickQuery, *, after: ClickCursor | None, limit: int
    ) -> Sequence[EnrichedClick]:
        """Return up to *limit* clicks behind *after*, newest first."""
        store = await self._opened()
        return await store.clicks(query, after=after, limit=limit)

    async def export(
        self, query: ClickQuery, dimensions: Sequence[Dimension] = DIMENSIONS
    ) -> AsyncIterator[ClickColumns]:
        """Yield all clicks of *query*, oldest day first."""
        store = await self._opened()
        async for some in store.export(query, dimensions):
            yield some

    async def aclose(self) -> None:
        """Close the store, if it was opened."""
        await self._stack.aclose()

    async def _opened(self) -> ReportStore:
        """Return the open store.

        Raises:
            BackendUnavailable: It cannot be opened at the moment, or at all; the log
                says which.
        """
        async with self._opening:
            if self._store is None:
                try:
                    self._store = await self._open()
                except Unusable as error:
                    if self._throttle.allows("unusable"):
                        _log.error("reports.unusable", reason=str(error))
                    raise BackendUnavailable from error
            return self._store

    async def _open(self) -> ReportStore:
        # In a thread: what it imports takes a while, and redirects go on meanwhile.
        await asyncio.to_thread(import_store, self._settings)
        return await self._stack.enter_async_context(open_click_store(self._settings))
