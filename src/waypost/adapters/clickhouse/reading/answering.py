"""The answers to the questions of one request, from one snapshot of the record."""

import asyncio
from collections.abc import Collection, Sequence

from waypost.adapters.clickhouse.client import ClickHouse
from waypost.adapters.clickhouse.columns import value_of
from waypost.adapters.clickhouse.reading.asking import (
    Row,
    Statement,
    ranked_answer,
    series_answer,
)
from waypost.adapters.clickhouse.reading.planning import Plan, plan
from waypost.adapters.clickhouse.schema import Tables
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
from waypost.ports.analytics.block_records import Snapshot


class Answering:
    """Asks the server: every question at the same time, and the totals once."""

    def __init__(
        self,
        server: ClickHouse,
        query: ClickQuery,
        snapshot: Snapshot,
        *,
        rolled_links: Collection[int],
        tables: Tables,
    ) -> None:
        self._server = server
        self._query = query
        self._snapshot = snapshot
        self._rolled_links = rolled_links
        self._tables = tables

    async def answers(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        """Return the answer to each of *questions*.

        Raises:
            RangeTooLarge: One would read more clicks than the store's bound.
            BackendUnavailable: The store does not answer in time.
        """
        if not questions:
            return ()
        whole = await self._totals()
        return tuple(
            await asyncio.gather(*(self._answer(each, whole) for each in questions))
        )

    async def _answer(self, question: Question, whole: Numbers) -> Answer:
        match question:
            case Totals():
                return whole
            case Series(bounds=bounds):
                return await self._series(question, bounds)
            case Breakdown(by=by, order=order, limit=limit):
                statement, planned = self._statement(question)
                sql = statement.breakdown(by, order, limit)
                listed, others = await self._ranked(statement, sql, planned)
                values = [ValueNumbers(value_of(key), each) for key, each in listed]
                return ByValue(listed=values, others=others, whole=whole)
            case TopLinks(order=order, limit=limit):
                statement, planned = self._statement(question)
                sql = statement.top_links(order, limit)
                listed, others = await self._ranked(statement, sql, planned)
                links = [
                    LinkNumbers(key, each)
                    for key, each in listed
                    if isinstance(key, int)
                ]
                return ByLink(listed=links, others=others, whole=whole)

    async def _totals(self) -> Numbers:
        bounds = (self._query.start_ms, self._query.end_ms)
        (numbers,) = await self._series(Totals(), bounds)
        return numbers

    async def _series(
        self, question: Question, bounds: Sequence[int]
    ) -> tuple[Numbers, ...]:
        statement, planned = self._statement(question)
        rows = await self._rows(statement, statement.series(bounds))
        return tuple(_known(each, planned) for each in series_answer(rows, bounds))

    async def _ranked(
        self, statement: Statement, sql: str, planned: Plan
    ) -> tuple[Sequence[tuple[object, Numbers]], Others]:
        listed, others = ranked_answer(await self._rows(statement, sql))
        return (
            [(key, _known(each, planned)) for key, each in listed],
            Others(values=others.values, numbers=_known(others.numbers, planned)),
        )

    def _statement(self, question: Question) -> tuple[Statement, Plan]:
        planned = plan(
            self._query, question, self._snapshot, rolled_links=self._rolled_links
        )
        return Statement(self._query, planned, tables=self._tables), planned

    async def _rows(self, statement: Statement, sql: str) -> Sequence[Row]:
        if not sql:
            return ()
        return await self._server.read(sql, statement.bound.values)


def _known(numbers: Numbers, planned: Plan) -> Numbers:
    return numbers if planned.has_visitors else numbers._replace(visitors=None)
