"""Answering questions about clicks, from one moment of the record."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from functools import partial
from typing import Final

from waypost.adapters.clickhouse.client import ClickHouse
from waypost.adapters.clickhouse.reading.answering import Answering
from waypost.adapters.clickhouse.reading.conditions import days_of
from waypost.adapters.clickhouse.reading.exporting import Exporting
from waypost.adapters.clickhouse.reading.listing import Listing
from waypost.adapters.clickhouse.reading.planning import plan
from waypost.adapters.clickhouse.schema import Tables
from waypost.adapters.clickhouse.sealing import TOTAL
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import ClickQuery, Question
from waypost.domain.errors import BackendUnavailable
from waypost.ports.analytics.block_records import BlockRecords, Snapshot
from waypost.ports.analytics.reports import Answers, ClickColumns, ClickCursor

_ATTEMPTS: Final = 5


class ClickHouseReports:
    """The reading side; any number of processes may have it."""

    def __init__(
        self, server: ClickHouse, records: BlockRecords, *, tables: Tables
    ) -> None:
        self._server = server
        self._records = records
        self._tables = tables
        self._listing = Listing(server, records, tables=tables)
        self._exporting = Exporting(server, records, tables=tables)

    async def ask(self, query: ClickQuery, questions: Sequence[Question]) -> Answers:
        """Answer *questions* about the clicks of *query*, all from one moment.

        Raises:
            RangeTooLarge: It would read more clicks than the store's bound.
            BackendUnavailable: The store does not answer in time.
        """
        span = days_of(query)
        snapshot = await self._records.snapshot(*span)
        # Once only: clicks that come late to one day after the other stop no report.
        settled = _settled(snapshot)
        for _ in range(_ATTEMPTS):
            rolled_links = await self._versions_with_link(query, snapshot)
            planned = partial(
                plan, query, snapshot, rolled_links=rolled_links, settled=settled
            )
            answering = Answering(self._server, query, planned, tables=self._tables)
            answers = await answering.answers(questions)
            later = await self._records.snapshot(*span)
            if settled.items() <= _changes(later).items() and _is_unchanged(
                snapshot, later
            ):
                return Answers(answers, snapshot.as_of_ms, snapshot.revision)
            snapshot, settled = later, {}
        raise BackendUnavailable

    async def clicks(
        self, query: ClickQuery, *, after: ClickCursor | None, limit: int
    ) -> Sequence[EnrichedClick]:
        """Return up to *limit* clicks behind *after*, newest first.

        Raises:
            RangeTooLarge: It would read more clicks than the store's bound.
            BackendUnavailable: The store does not answer in time.
        """
        return await self._listing.newest(query, after=after, limit=limit)

    def export(
        self, query: ClickQuery, dimensions: Sequence[Dimension] = DIMENSIONS
    ) -> AsyncIterator[ClickColumns]:
        """Yield all clicks of *query*, oldest day first, in bounded memory.

        Raises:
            BackendUnavailable: The store does not answer in time.
        """
        return self._exporting.all_of(query, dimensions)

    async def _versions_with_link(
        self, query: ClickQuery, snapshot: Snapshot
    ) -> Collection[int]:
        """Return the versions of roll-ups that hold the query's only link."""
        versions = [day.sealed for day in snapshot.days if day.is_sealed]
        if query.links is None or len(query.links) != 1 or not versions:
            return ()
        found = await self._server.read(
            f"SELECT version FROM {self._tables.rollups} WHERE scope = {{link:UInt64}} "
            f"AND dim = {TOTAL} AND version IN {{versions:Array(UInt64)}}",
            {"link": next(iter(query.links)), "versions": versions},
        )
        return {version for (version,) in found if isinstance(version, int)}


def _settled(snapshot: Snapshot) -> Mapping[int, int]:
    """Return days that hardly change any more, with the last change of each.

    While it is the last one, no row of the day is above the horizon: a block is
    recorded before it is sent.
    """
    return {
        day.day: day.changed
        for day in snapshot.days
        if day.is_sealed and day.changed <= snapshot.horizon
    }


def _changes(snapshot: Snapshot) -> Mapping[int, int]:
    return {day.day: day.changed for day in snapshot.days}


def _is_unchanged(before: Snapshot, after: Snapshot) -> bool:
    """Return whether what was read between the two was there all the time."""
    versions = {day.day: day.sealed for day in after.days}
    return before.revision == after.revision and all(
        versions.get(day.day) == day.sealed for day in before.days
    )
