"""The statement of each question, and its answer."""

from collections.abc import Collection, Sequence
from typing import Final

from waypost.adapters.clickhouse.columns import column_of
from waypost.adapters.clickhouse.reading.conditions import (
    Bound,
    about,
    begin_of_day,
    bucket,
    in_days,
    in_links,
    in_period,
    moment_of_row,
)
from waypost.adapters.clickhouse.reading.planning import Plan
from waypost.adapters.clickhouse.schema import Tables
from waypost.adapters.clickhouse.sealing import (
    EVERYTHING,
    FIRST,
    IS_PERSON,
    IS_VISITOR,
    LAST,
    QUARTER,
    ROLLED,
    TOTAL,
)
from waypost.domain.analytics.dimensions import PLACES, Dimension
from waypost.domain.analytics.enriched import DAY_MS, day_of
from waypost.domain.analytics.questions import (
    ClickQuery,
    Numbers,
    Order,
    Others,
)

Row = Sequence[object]

_ORDERS: Final = {
    Order.PEOPLE: "people DESC, ",
    Order.CLICKS: "people + machines DESC, ",
    Order.VISITORS: "visitors DESC, ",
    Order.VALUE: "",
}
_SUMS: Final = (
    "sum(people) AS people, sum(machines) AS machines, sum(visitors) AS visitors"
)
_COUNTS: Final = (
    f"countIf({IS_PERSON}) AS people, countIf(NOT ({IS_PERSON})) AS machines, "
    f"uniqExactIf(visitor, {IS_VISITOR}) AS visitors"
)


class Statement:
    """A statement about one question, with its values."""

    def __init__(self, query: ClickQuery, plan: Plan, *, tables: Tables) -> None:
        self._query = query
        self._plan = plan
        self._tables = tables
        self.bound = Bound()

    def series(self, bounds: Sequence[int]) -> str:
        """Return the statement of the numbers by the start of an interval.

        A day that no bound divides is in one interval as a whole.
        """
        starts = self.bound(list(bounds[:-1]), "Array(Int64)")
        edges = (*bounds, self._query.start_ms, self._query.end_ms)
        divided = {day_of(each) for each in edges if each % DAY_MS}
        of_rows = sorted([*self._plan.whole, *self._plan.cut])
        moment = bucket(moment_of_row(), starts)
        undivided = bucket(begin_of_day("event_date"), starts)
        parts = [
            *self._branches(undivided, _without(of_rows, divided), is_timed=False),
            *self._branches(moment, _within(of_rows, divided), is_timed=True),
            *self._rolled(
                bucket(begin_of_day("day"), starts),
                f"dim = {TOTAL}",
                days=_without(self._plan.rolled, divided),
            ),
            *self._rolled_quarters(starts, _within(self._plan.rolled, divided)),
        ]
        return self._summed(parts)

    def breakdowns(self, places: Sequence[int], order: Order, limit: int) -> str:
        """Return the statement of the numbers by value, and their sums.

        For each dimension whose place is one of *places*, all or none of which
        roll-ups hold, and for all clicks together where `TOTAL` is one of them. The
        place is the first column.
        """
        parts = self._rows(_values(places))
        if {*places} <= {*ROLLED.values(), TOTAL}:
            listed = ", ".join(map(str, places))
            parts += self._rolled(
                "tuple(dim, value)", f"dim IN ({listed})", days=self._plan.rolled
            )
        if not parts:
            return ""
        numbers = self.bound(limit, "UInt64")
        return (
            "SELECT key.1, key.2, people, machines, visitors, count() OVER whole, "
            "sum(people) OVER whole, sum(machines) OVER whole, "
            f"sum(visitors) OVER whole FROM ({self._summed(parts)}) "
            f"WINDOW whole AS (PARTITION BY key.1) "
            f"ORDER BY {_ORDERS[order]}key.2 = '', key.2 LIMIT {numbers} BY key.1"
        )

    def top_links(self, order: Order, limit: int) -> str:
        """Return the statement of the numbers by link, and their sums."""
        parts = self._rows("link_id")
        parts += self._rolled(
            "toUInt64(scope)",
            f"dim = {TOTAL}",
            days=self._plan.rolled,
            is_by_link=True,
        )
        if not parts:
            return ""
        return (
            "SELECT key, people, machines, visitors, count() OVER (), "
            "sum(people) OVER (), sum(machines) OVER (), sum(visitors) OVER () "
            f"FROM ({self._summed(parts)}) ORDER BY {_ORDERS[order]}key "
            f"LIMIT {self.bound(limit, 'UInt64')}"
        )

    def _summed(self, parts: Sequence[str]) -> str:
        if not parts:
            return ""
        union = " UNION ALL ".join(parts)
        return (
            f"SELECT key, {_SUMS} FROM ({union}) GROUP BY key "
            "HAVING people + machines > 0"
        )

    def _rows(self, key: str) -> list[str]:
        """Return the branches that read rows, of which days that are cut are timed."""
        return [
            *self._branches(key, self._plan.whole, is_timed=False),
            *self._branches(key, self._plan.cut, is_timed=True),
        ]

    def _branches(self, key: str, days: Sequence[int], *, is_timed: bool) -> list[str]:
        """Return the branches that read rows of *days*.

        Decoding the moment costs more than all the rest, and the block's number nearly
        half of it: each only where it is needed.
        """
        settled = self._plan.settled
        groups = (
            (_within(days, settled), None),
            (_without(days, settled), self._plan.horizon),
        )
        return [
            self._branch(key, some, is_timed=is_timed, horizon=horizon)
            for some, horizon in groups
            if some
        ]

    def _branch(
        self, key: str, days: Sequence[int], *, is_timed: bool, horizon: int | None
    ) -> str:
        where = [
            in_days(self.bound, days),
            *about(self.bound, self._query, horizon=horizon),
        ]
        if is_timed:
            where.append(in_period(self.bound, self._query))
        return (
            f"SELECT event_date AS day, {key} AS key, {_COUNTS} "
            f"FROM {self._tables.events} WHERE {' AND '.join(where)} GROUP BY day, key"
        )

    def _rolled(
        self, key: str, where: str, *, days: Collection[int], is_by_link: bool = False
    ) -> list[str]:
        if not days:
            return []
        return [
            (
                f"SELECT day, {key} AS key, people, machines, visitors "
                f"FROM {self._tables.rollups} WHERE "
                f"{self._of_rollups(days, is_by_link=is_by_link)} AND {where}"
            )
        ]

    def _rolled_quarters(self, starts: str, days: Collection[int]) -> list[str]:
        """Return the branch that reads quarters of an hour, and visitors by them.

        An interval holds those visitors of a day who came first in it, if the day
        begins in it; else those who came last in it, if the day ends in it.
        """
        if not days:
            return []
        start = self.bound(self._query.start_ms, "Int64")
        end = self.bound(self._query.end_ms, "Int64")
        begin = begin_of_day("day")
        last = f"({begin} + {DAY_MS - 1})"
        moment = f"{begin} + toInt64OrZero(value) * 900000"
        is_first = f"{begin} >= {start} AND {bucket(begin, starts)} = key"
        is_last = f"{last} < {end} AND {bucket(last, starts)} = key AND key > {begin}"
        return [
            (
                f"SELECT day, {bucket(moment, starts)} AS key, people, machines, "
                f"if((dim = {FIRST} AND {is_first}) OR (dim = {LAST} AND {is_last}), "
                f"visitors, 0) AS visitors FROM {self._tables.rollups} WHERE "
                f"{self._of_rollups(days)} "
                f"AND dim IN ({QUARTER}, {FIRST}, {LAST}) "
                f"AND {moment} >= {start} AND {moment} < {end}"
            )
        ]

    def _of_rollups(self, days: Collection[int], *, is_by_link: bool = False) -> str:
        versions = [self._plan.rolled[day] for day in days]
        dates = in_days(self.bound, sorted(days), column="day")
        named = self.bound(sorted(versions), "Array(UInt64)")
        links = self._query.links
        if links is not None:
            scope = in_links(self.bound, links, column="scope")
        elif is_by_link:
            scope = f"scope > {EVERYTHING}"
        else:
            scope = f"scope = {EVERYTHING}"
        return f"{scope} AND {dates} AND version IN {named}"


def _within(days: Collection[int], some: Collection[int]) -> Sequence[int]:
    return [day for day in days if day in some]


def _without(days: Collection[int], some: Collection[int]) -> Sequence[int]:
    return [day for day in days if day not in some]


def _values(places: Sequence[int]) -> str:
    """Return a row's pairs of place and value for each of *places*."""
    columns = {PLACES[each]: column_of(each) for each in Dimension} | {TOTAL: "''"}
    pairs = [f"tuple(toUInt8({each}), toString({columns[each]}))" for each in places]
    # One scan serves all: a row is repeated once it has passed the filters.
    return f"arrayJoin([{', '.join(pairs)}])" if len(pairs) > 1 else pairs[0]


def numbers(people: object, machines: object, visitors: object) -> Numbers:
    """Return the numbers of three columns."""
    return Numbers(_int(people), _int(machines), _int(visitors))


def series_answer(rows: Sequence[Row], bounds: Sequence[int]) -> tuple[Numbers, ...]:
    """Return the numbers of every interval, also of those without clicks."""
    found = {key: numbers(*rest) for key, *rest in rows}
    return tuple(found.get(start, Numbers(0, 0, 0)) for start in bounds[:-1])


def ranked_answer(
    rows: Sequence[Row],
) -> tuple[list[tuple[object, Numbers]], Others]:
    """Return what is listed, and the sums of what is not."""
    listed = [(key, numbers(*three)) for key, *three in (row[:4] for row in rows)]
    if not rows:
        return [], Others(values=0, numbers=Numbers(0, 0, 0))
    count, *sums = (_int(each) for each in rows[0][4:])
    shown = [sum(column) for column in zip(*(each for _, each in listed), strict=True)]
    left = Numbers(*(all_ - some for all_, some in zip(sums, shown, strict=True)))
    return listed, Others(values=count - len(listed), numbers=left)


def _int(value: object) -> int:
    assert isinstance(value, int), "the column is a number"
    return value
