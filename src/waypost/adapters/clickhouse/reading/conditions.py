"""Which rows a statement is about. Values are bound; columns come from closed sets."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from waypost.adapters.clickhouse.columns import column_of, text_of
from waypost.domain.analytics.enriched import DAY_MS, day_of
from waypost.domain.analytics.questions import ClickQuery, Filter

_MOST_IN_A_VALUE: Final = 5_000
"""A server takes 128 KiB for one parameter."""
_MOMENT: Final = "toUnixTimestamp64Milli(event_time)"


class Bound:
    """The values that a statement refers to by name."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def __call__(self, value: object, kind: str) -> str:
        """Return the reference to *value*, which is of ClickHouse's type *kind*."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{kind}}}"


class Span(NamedTuple):
    """Consecutive UTC days."""

    first: int
    last: int


def spans(days: Sequence[int]) -> Sequence[Span]:
    """Return the ascending *days* as few spans."""
    found: list[Span] = []
    for day in days:
        if found and found[-1].last == day - 1:
            found[-1] = found[-1]._replace(last=day)
        else:
            found.append(Span(day, day))
    return found


def in_days(bound: Bound, days: Sequence[int], *, column: str = "event_date") -> str:
    """Return the condition that *column* is one of the ascending *days*."""
    if not days:
        return "0"
    each = [
        f"{column} BETWEEN {_date(bound, span.first)} AND {_date(bound, span.last)}"
        for span in spans(days)
    ]
    return f"({' OR '.join(each)})"


def _date(bound: Bound, day: int) -> str:
    return f"toDate({bound(day, 'UInt16')})"


def is_cut(query: ClickQuery, day: int) -> bool:
    """Return whether only a part of the UTC day *day* is in the query's period."""
    return day * DAY_MS < query.start_ms or (day + 1) * DAY_MS > query.end_ms


def days_of(query: ClickQuery) -> Span:
    """Return the UTC days that the query's period touches."""
    return Span(day_of(query.start_ms), day_of(query.end_ms - 1))


def in_rows(
    bound: Bound, query: ClickQuery, days: Sequence[int], *, horizon: int
) -> str:
    """Return the condition that a row is one of *query*, on one of *days*."""
    conditions = (
        in_days(bound, days),
        in_period(bound, query),
        *about(bound, query, horizon=horizon),
    )
    return " AND ".join(conditions)


def about(bound: Bound, query: ClickQuery, *, horizon: int | None) -> Sequence[str]:
    """Return the conditions of *query* on a row, except those of time.

    *horizon* is the last block that is read; None: all are.
    """
    conditions = [] if horizon is None else [f"block <= {bound(horizon, 'UInt64')}"]
    if query.links is not None:
        conditions.append(in_links(bound, query.links, column="link_id"))
    return conditions + [_filter(bound, each) for each in query.filters]


def in_links(bound: Bound, links: frozenset[int], *, column: str) -> str:
    """Return the condition that *column* is one of *links*."""
    if len(links) == 1:
        (link,) = links
        return f"{column} = {bound(link, 'UInt64')}"
    ids = sorted(links)
    parts = [
        f"{column} IN {bound(ids[at : at + _MOST_IN_A_VALUE], 'Array(UInt64)')}"
        for at in range(0, max(len(ids), 1), _MOST_IN_A_VALUE)
    ]
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def in_period(bound: Bound, query: ClickQuery) -> str:
    """Return the condition that a row's moment is in the query's period."""
    start, end = bound(query.start_ms, "Int64"), bound(query.end_ms, "Int64")
    return f"event_time >= {_moment(start)} AND event_time < {_moment(end)}"


def _moment(reference: str) -> str:
    return f"fromUnixTimestamp64Milli({reference}, 'UTC')"


def _filter(bound: Bound, each: Filter) -> str:
    values = bound(sorted(map(text_of, each.values)), "Array(String)")
    is_in = "NOT IN" if each.is_negated else "IN"
    return f"{column_of(each.dimension)} {is_in} {values}"


def bucket(moment: str, bounds: str) -> str:
    """Return the start of the interval of *bounds* in which *moment* lies."""
    return f"roundDown({moment}, {bounds})"


def moment_of_row() -> str:
    """Return a row's moment, in milliseconds."""
    return _MOMENT


def begin_of_day(column: str) -> str:
    """Return the moment at which the UTC day of *column* begins, in milliseconds."""
    return f"toInt64(toUInt16({column})) * {DAY_MS}"
