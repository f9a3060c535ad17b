"""The orphans of all processes; `ports.analytics.orphans.OrphanStore`."""

from collections.abc import Collection

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.orphans.adding import add_batch
from waypost.adapters.sql.orphans.listing import others_of, rows_of
from waypost.adapters.sql.orphans.removing import count_visits, delete_visits
from waypost.domain.analytics.orphans import (
    OrphanKind,
    OrphanOrder,
    OrphanPage,
    OrphanPlace,
    OrphanQuery,
)
from waypost.domain.analytics.questions import Numbers
from waypost.ports.analytics.orphans import ORPHAN_BOUNDS, OrphanBatch, OrphanBounds


class SqlOrphans:
    """Counts by code and day. Its methods are described at the port."""

    def __init__(
        self, database: Database, *, bounds: OrphanBounds = ORPHAN_BOUNDS
    ) -> None:
        self._database = database
        self._bounds = bounds

    async def add(self, batch: OrphanBatch) -> None:
        """Store *batch*, unless it was stored already."""
        async with self._database.transaction() as transaction:
            # No visitor waits for it.
            transaction.is_awaited = False
            await transaction.run(add_batch, batch, bounds=self._bounds)

    async def page(
        self,
        query: OrphanQuery,
        *,
        order: OrphanOrder,
        after: OrphanPlace | None,
        limit: int,
    ) -> OrphanPage:
        """Return up to *limit* rows of *query* behind *after*."""
        rows = await self._database.read(
            rows_of, query, order=order, after=after, limit=limit
        )
        others = None
        if not query.text:
            others = await self._database.read(others_of, query)
        return OrphanPage(rows, others)

    async def numbers(self, query: OrphanQuery) -> Numbers:
        """Return how many visits *query* means, without visitors."""
        return await self._database.read(count_visits, query)

    async def delete(
        self, *, kinds: Collection[OrphanKind], before_day: int | None
    ) -> Numbers:
        """Delete the visits of the days before *before_day*; None: of all days."""
        query = OrphanQuery(kinds=kinds, end_day=before_day)
        async with self._database.transaction() as transaction:
            transaction.is_awaited = False
            return await transaction.run(delete_visits, query)
