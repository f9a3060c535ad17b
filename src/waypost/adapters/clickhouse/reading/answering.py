"""The answers to the questions of one request, from one snapshot of the record."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from waypost.adapters.clickhouse.client import ClickHouse
from waypost.adapters.clickhouse.columns import value_of
from waypost.adapters.clickhouse.reading.asking import (
    Row,
    Statement,
    ranked_answer,
    series_answer,
)
from waypost.adapters.clickhouse.reading.conditions import is_cut
from waypost.adapters.clickhouse.reading.planning import Plan
from waypost.adapters.clickhouse.schema import Tables
from waypost.adapters.clickhouse.sealing import ROLLED, TOTAL
from waypost.domain.analytics.dimensions import PLACES
from waypost.domain.analytics.questions import (
    Answer,
    Breakdown,
    ByLink,
    ByValue,
    ClickQuery,
    LinkNumbers,
    Numbers,
    Order,
    Others,
    Question,
    Series,
    TopLinks,
    Totals,
    ValueNumbers,
)

_Ranked: TypeAlias = tuple[Sequence[tuple[object, Numbers]], Others]
_AllRanked: TypeAlias = Mapping[Question, _Ranked]
_AllSeries: TypeAlias = Mapping[Question, tuple[Numbers, ...]]


class Answering:
    """Asks the server by few statements, at the same time.

    Each costs some milliseconds, and reads the columns of filters: breakdowns that are
    `_alike` share one, and the totals are asked for once, with them where it can be.
    """

    def __init__(
        self,
        server: ClickHouse,
        query: ClickQuery,
        plan: Callable[[Question], Plan],
        *,
        tables: Tables,
    ) -> None:
        self._server = server
        self._query = query
        self._plan = plan
        self._tables = tables

    async def answers(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        """Return the answer to each of *questions*.

        Raises:
            RangeTooLarge: One would read more clicks than the store's bound.
            BackendUnavailable: The store does not answer in time.
        """
        if not questions:
            return ()
        series, ranked = await asyncio.gather(
            self._all_series(questions), self._all_ranked(questions)
        )
        return tuple(_answer(each, series, ranked) for each in questions)

    async def _all_series(self, questions: Sequence[Question]) -> _AllSeries:
        asked = [each for each in questions if isinstance(each, Series)]
        found = await asyncio.gather(
            *(self._series(each, each.bounds) for each in asked)
        )
        return dict(zip(asked, found, strict=True))

    async def _series(
        self, question: Question, bounds: Sequence[int]
    ) -> tuple[Numbers, ...]:
        statement, planned = self._statement(question)
        rows = await self._rows(statement, statement.series(bounds))
        return tuple(_known(each, planned) for each in series_answer(rows, bounds))

    async def _all_ranked(self, questions: Sequence[Question]) -> _AllRanked:
        """Return the answers that are no series, those to `Totals` among them."""
        groups = _alike(questions)
        carrier = next((each for each in groups if self._can_carry(each[0])), None)
        links = [each for each in questions if isinstance(each, TopLinks)]
        found = await asyncio.gather(
            *(self._by_values(each, with_totals=each is carrier) for each in groups),
            *(self._by_links(each) for each in links),
            *([] if carrier else [self._totals()]),
        )
        return {question: one for some in found for question, one in some.items()}

    def _can_carry(self, question: Breakdown) -> bool:
        """Return whether the statement of *question* can have the totals as well.

        It does not know the quarters of an hour of a day that has roll-ups only.
        """
        planned = self._plan(question)
        return (
            question.by in ROLLED
            and planned == self._plan(Totals())
            and not any(is_cut(self._query, day) for day in planned.rolled)
        )

    async def _totals(self) -> _AllRanked:
        bounds = (self._query.start_ms, self._query.end_ms)
        (numbers,) = await self._series(Totals(), bounds)
        return {Totals(): ([], Others(values=1, numbers=numbers))}

    async def _by_values(
        self, alike: Sequence[Breakdown], *, with_totals: bool
    ) -> _AllRanked:
        """Return the answers of breakdowns that are `_alike`, by one statement."""
        first = alike[0]
        statement, planned = self._statement(first)
        places: dict[Question, int] = {each: PLACES[each.by] for each in alike}
        if with_totals:
            places[Totals()] = TOTAL
        sql = statement.breakdowns(list(places.values()), first.order, first.limit)
        rows = await self._rows(statement, sql)
        return {
            question: _ranked([row[1:] for row in rows if row[0] == place], planned)
            for question, place in places.items()
        }

    async def _by_links(self, question: TopLinks) -> _AllRanked:
        statement, planned = self._statement(question)
        sql = statement.top_links(question.order, question.limit)
        return {question: _ranked(await self._rows(statement, sql), planned)}

    def _statement(self, question: Question) -> tuple[Statement, Plan]:
        planned = self._plan(question)
        return Statement(self._query, planned, tables=self._tables), planned

    async def _rows(self, statement: Statement, sql: str) -> Sequence[Row]:
        if not sql:
            return ()
        return await self._server.read(sql, statement.bound.values)


def _alike(questions: Sequence[Question]) -> list[list[Breakdown]]:
    """Return the breakdowns by what they share: the days' sources, order and limit."""
    alike: defaultdict[tuple[bool, Order, int], list[Breakdown]] = defaultdict(list)
    for each in questions:
        if isinstance(each, Breakdown):
            alike[each.by in ROLLED, each.order, each.limit].append(each)
    return list(alike.values())


def _answer(question: Question, series: _AllSeries, ranked: _AllRanked) -> Answer:
    whole = _whole(ranked[Totals()])
    match question:
        case Totals():
            return whole
        case Series():
            return series[question]
        case Breakdown():
            listed, others = ranked[question]
            values = [ValueNumbers(value_of(key), each) for key, each in listed]
            return ByValue(listed=values, others=others, whole=whole)
        case TopLinks():
            listed, others = ranked[question]
            links = [
                LinkNumbers(key, each) for key, each in listed if isinstance(key, int)
            ]
            return ByLink(listed=links, others=others, whole=whole)


def _whole(totals: _Ranked) -> Numbers:
    listed, others = totals
    return listed[0][1] if listed else others.numbers


def _ranked(rows: Sequence[Row], planned: Plan) -> _Ranked:
    listed, others = ranked_answer(rows)
    return (
        [(key, _known(each, planned)) for key, each in listed],
        Others(values=others.values, numbers=_known(others.numbers, planned)),
    )


def _known(numbers: Numbers, planned: Plan) -> Numbers:
    return numbers if planned.has_visitors else numbers._replace(visitors=None)
