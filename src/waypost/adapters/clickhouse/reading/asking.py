"""The statement of each question, and its answer."""

from collections.abc import Sequence
from typing import Final

from waypost.adapters.clickhouse.columns import column_of
from waypost.adapters.clickhouse.reading.conditions import (
    Bound,
    about,
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
from waypost.domain.analytics.enriched import DAY_MS
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
        """Return the statement of the numbers by the start of an interval."""
        starts = self.bound(list(bounds[:-1]), "Array(Int64)")
        rows = self._rows(bucket(moment_of_row(), starts), is_timed=True)
        return self._summed([*rows, *self._rolled_series(starts)])

    def breakdowns(self, by: Sequence[Dimension], order: Order, limit: int) -> str:
        """Return the statement of the numbers by value, and their sums.

        For each dimension of *by*, all or none of which roll-ups hold; its place is the
        first column.
        """
        parts = self._rows(_values(by))
        if set(by) <= ROLLED.keys():
            places = ", ".join(str(PLACES[each]) for each in by)
            parts += self._rolled(
                "tuple(dim, value)", f"dim IN ({places})", is_by_link=False
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
        parts += self._rolled("toUInt64(scope)", f"dim = {TOTAL}", is_by_link=True)
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

    def _rows(self, key: str, *, is_timed: bool = False) -> list[str]:
        """Return the branches that read rows.

        Decoding the moment costs more than all the rest: only where it is needed.
        """
        groups = [(self._plan.whole, is_timed), (self._plan.cut, True)]
        if is_timed:
            groups = [(sorted([*self._plan.whole, *self._plan.cut]), True)]
        return [self._branch(key, days, timed) for days, timed in groups if days]

    def _branch(self, key: str, days: Sequence[int], is_timed: bool) -> str:  # noqa: FBT001 - a column of the table above
        where = [
            in_days(self.bound, days),
            about(self.bound, self._query, horizon=self._plan.horizon),
        ]
        if is_timed:
            where.append(in_period(self.bound, self._query))
        return (
            f"SELECT event_date AS day, {key} AS key, {_COUNTS} "
            f"FROM {self._tables.events} WHERE {' AND '.join(where)} GROUP BY day, key"
        )

    def _rolled(self, key: str, where: str, *, is_by_link: bool) -> list[str]:
        if not self._plan.rolled:
            return []
        return [
            (
                f"SELECT day, {key} AS key, people, machines, visitors "
                f"FROM {self._tables.rollups} WHERE "
                f"{self._of_rollups(is_by_link=is_by_link)} AND {where}"
            )
        ]

    def _rolled_series(self, starts: str) -> list[str]:
        """Return the branch that reads quarters of an hour, and visitors by them.

        An interval holds those visitors of a day who came first in it, if the day
        begins in it; else those who came last in it, if the day ends in it.
        """
        if not self._plan.rolled:
            return []
        start = self.bound(self._query.start_ms, "Int64")
        end = self.bound(self._query.end_ms, "Int64")
        begin = f"toInt64(toUInt16(day)) * {DAY_MS}"
        last = f"({begin} + {DAY_MS - 1})"
        moment = f"{begin} + toInt64OrZero(value) * 900000"
        is_first = f"{begin} >= {start} AND {bucket(begin, starts)} = key"
        is_last = f"{last} < {end} AND {bucket(last, starts)} = key AND key > {begin}"
        return [
            (
                f"SELECT day, {bucket(moment, starts)} AS key, people, machines, "
                f"if((dim = {FIRST} AND {is_first}) OR (dim = {LAST} AND {is_last}), "
                f"visitors, 0) AS visitors FROM {self._tables.rollups} WHERE "
                f"{self._of_rollups(is_by_link=False)} "
                f"AND dim IN ({QUARTER}, {FIRST}, {LAST}) "
                f"AND {moment} >= {start} AND {moment} < {end}"
            )
        ]

    def _of_rollups(self, *, is_by_link: bool) -> str:
        versions = self._plan.rolled
        days = in_days(self.bound, sorted(versions), column="day")
        named = self.bound(sorted(versions.values()), "Array(UInt64)")
        links = self._query.links
        if links is not None:
            scope = in_links(self.bound, links, column="scope")
        elif is_by_link:
            scope = f"scope > {EVERYTHING}"
        else:
            scope = f"scope = {EVERYTHING}"
        return f"{scope} AND {days} AND version IN {named}"


def _values(by: Sequence[Dimension]) -> str:
    """Return a row's pairs of place and value for each dimension of *by*."""
    pairs = [
        f"tuple(toUInt8({PLACES[each]}), toString({column_of(each)}))" for each in by
    ]
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
