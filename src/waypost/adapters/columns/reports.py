"""The reading side of a store, for asyncio."""

from collections.abc import AsyncIterator, Sequence
from functools import partial

from waypost.adapters.columns.drivers.threads import ConnectionThreads
from waypost.adapters.columns.reading import asking, exporting, listing
from waypost.adapters.columns.reading.names import Names, Reading
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import ClickQuery, Question
from waypost.ports.analytics.reports import Answers, ClickColumns, ClickCursor


class ColumnsReports:
    """Answers questions, each call from one snapshot.

    A call has *timeout_seconds*, and reads *most_rows* clicks at most.
    """

    def __init__(
        self,
        threads: ConnectionThreads,
        *,
        timeout_seconds: float,
        most_rows: int = asking.MOST_ROWS,
    ) -> None:
        self._read = threads
        self._reading = Reading(Names(), most_rows)
        self._timeout_seconds = timeout_seconds

    async def ask(self, query: ClickQuery, questions: Sequence[Question]) -> Answers:
        """Answer *questions* about the clicks of *query*, all from one moment.

        Raises:
            RangeTooLarge: It would read more clicks than the store's bound.
            BackendUnavailable: The store does not answer in time.
        """
        return await self._read.run(
            lambda connection: asking.ask(connection, self._reading, query, questions),
            within=self._timeout_seconds,
        )

    async def clicks(
        self, query: ClickQuery, *, after: ClickCursor | None, limit: int
    ) -> Sequence[EnrichedClick]:
        """Return up to *limit* clicks behind *after*, newest first.

        Raises:
            RangeTooLarge: It would read more clicks than the store's bound.
            BackendUnavailable: The store does not answer in time.
        """
        return await self._read.run(
            lambda connection: listing.newest(
                connection,
                self._reading,
                query,
                after=after,
                limit=limit,
            ),
            within=self._timeout_seconds,
        )

    async def export(
        self, query: ClickQuery, dimensions: Sequence[Dimension] = DIMENSIONS
    ) -> AsyncIterator[ClickColumns]:
        """Yield all clicks of *query*, oldest first, in bounded memory.

        Each day is read at a moment of its own.

        Raises:
            BackendUnavailable: The store does not answer in time.
        """
        run = partial(self._read.run, within=self._timeout_seconds)
        names = self._reading.names
        for part in await run(partial(exporting.windows_of, query=query)):
            job = partial(
                exporting.window, names=names, query=part, dimensions=dimensions
            )
            if (found := await run(job)) is not None:
                yield found
