"""Answering questions about clicks, from one moment of the record."""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Final

from waypost.adapters.clickhouse.client import ClickHouse
from waypost.adapters.clickhouse.reading.asking import (
    Statement,
    ranked_answer,
    series_answer,
    value_key,
)
from waypost.adapters.clickhouse.reading.conditions import days_of
from waypost.adapters.clickhouse.reading.listing import Listing
from waypost.adapters.clickhouse.reading.planning import Plan, plan
from waypost.adapters.clickhouse.schema import Tables
from waypost.adapters.clickhouse.sealing import TOTAL
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import (
    Answer,
    Breakdown,
    ByLink,
    ByValue,
    ClickQuery,
    LinkNumbers,
    Numbers,
    Others,
    Question,
    Series,
    TopLinks,
    Totals,
    ValueNumbers,
)
from waypost.domain.errors import BackendUnavailable
from waypost.ports.analytics.block_records import BlockRecords, Snapshot
from waypost.ports.analytics.reports import Answers, ClickCursor

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

    async def ask(self, query: ClickQuery, questions: Sequence[Question]) -> Answers:
        """Answer *questions* about the clicks of *query*, all from one moment.

        Raises:
            RangeTooLarge: It would read more clicks than the store's bound.
            BackendUnavailable: The store does not answer in time.
        """
        span = days_of(query)
        snapshot = await self._records.snapshot(*span)
        for _ in range(_ATTEMPTS):
            rolled_links = await self._versions_with_link(query, snapshot)
            answers = [
                await self._answer(query, each, snapshot, rolled_links)
                for each in questions
            ]
            later = await self._records.snapshot(*span)
            if _is_unchanged(snapshot, later):
                return Answers(tuple(answers), snapshot.as_of_ms, snapshot.revision)
            snapshot = later
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

    def export(self, query: ClickQuery) -> AsyncIterator[Sequence[EnrichedClick]]:
        """Yield all clicks of *query*, oldest day first, in bounded memory.

        Raises:
            BackendUnavailable: The store does not answer in time.
        """
        return self._listing.all_of(query)

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

    async def _answer(
        self,
        query: ClickQuery,
        question: Question,
        snapshot: Snapshot,
        rolled_links: Collection[int],
    ) -> Answer:
        planned = plan(query, question, snapshot, rolled_links=rolled_links)
        statement = Statement(query, planned, tables=self._tables)
        match question:
            case Totals():
                bounds = (query.start_ms, query.end_ms)
                rows = await self._rows(statement, statement.series(bounds))
                return _known(series_answer(rows, bounds)[0], planned)
            case Series(bounds=bounds):
                rows = await self._rows(statement, statement.series(bounds))
                return tuple(
                    _known(each, planned) for each in series_answer(rows, bounds)
                )
        whole = await self._answer(query, Totals(), snapshot, rolled_links)
        assert isinstance(whole, Numbers), "the answer to Totals"
        match question:
            case Breakdown(by=by, order=order, limit=limit):
                sql = statement.breakdown(by, order, limit)
                listed, others = ranked_answer(await self._rows(statement, sql))
                values = [
                    ValueNumbers(value_key(key), _known(each, planned))
                    for key, each in listed
                ]
                left = _known_others(others, planned)
                return ByValue(listed=values, others=left, whole=whole)
            case TopLinks(order=order, limit=limit):
                sql = statement.top_links(order, limit)
                listed, others = ranked_answer(await self._rows(statement, sql))
                links = [
                    LinkNumbers(key, _known(each, planned))
                    for key, each in listed
                    if isinstance(key, int)
                ]
                left = _known_others(others, planned)
                return ByLink(listed=links, others=left, whole=whole)

    async def _rows(
        self, statement: Statement, sql: str
    ) -> Sequence[tuple[object, ...]]:
        if not sql:
            return ()
        return await self._server.read(sql, statement.bound.values)


def _known(numbers: Numbers, planned: Plan) -> Numbers:
    return numbers if planned.has_visitors else numbers._replace(visitors=None)


def _known_others(others: Others, planned: Plan) -> Others:
    return Others(values=others.values, numbers=_known(others.numbers, planned))


def _is_unchanged(before: Snapshot, after: Snapshot) -> bool:
    """Return whether what was read between the two was there all the time."""
    versions = {day.day: day.sealed for day in after.days}
    return before.revision == after.revision and all(
        versions.get(day.day) == day.sealed for day in before.days
    )
