"""Where each day of a question is read from: its roll-ups, or its rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from waypost.adapters.clickhouse.reading.conditions import is_cut
from waypost.adapters.clickhouse.sealing import ROLLED
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Breakdown,
    ClickQuery,
    Question,
    Series,
    TopLinks,
    Totals,
)
from waypost.ports.analytics.block_records import DayRecord, Snapshot

_QUARTER_MS: Final = 900_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The days of one question, each in one of them."""

    horizon: int
    rolled: Mapping[int, int]
    """Days that are read from roll-ups, and the version of each."""
    whole: Sequence[int]
    """Days of which every row is in the period."""
    cut: Sequence[int]
    """Days of which a part is in the period."""
    settled: Collection[int] = ()
    """Days of which no row is above the horizon, if they have not changed later."""
    has_visitors: bool = True
    """Whether the number of visitors can be known."""


def plan(
    query: ClickQuery,
    snapshot: Snapshot,
    question: Question,
    *,
    rolled_links: Collection[int],
    settled: Collection[int],
) -> Plan:
    """Decide for each day of *snapshot*.

    *rolled_links* are the versions of roll-ups that hold the query's only link,
    *settled* is part of the plan.
    """
    rolled: dict[int, int] = {}
    whole, cut = [], []
    has_visitors = True
    for day in snapshot.days:
        if not day.has_rows:
            rolled[day.day] = day.sealed
            has_visitors &= _is_one_scope(query, question)
            has_visitors &= not _is_split(query, question, day.day)
        elif _is_rolled(query, question, day, rolled_links):
            rolled[day.day] = day.sealed
        elif is_cut(query, day.day):
            cut.append(day.day)
        else:
            whole.append(day.day)
    return Plan(
        horizon=snapshot.horizon,
        rolled=rolled,
        whole=whole,
        cut=cut,
        settled=settled,
        has_visitors=has_visitors,
    )


def _is_one_scope(query: ClickQuery, question: Question) -> bool:
    return (
        query.links is None or len(query.links) == 1 or isinstance(question, TopLinks)
    )


def _is_rolled(
    query: ClickQuery,
    question: Question,
    day: DayRecord,
    rolled_links: Collection[int],
) -> bool:
    """Return whether the roll-ups of *day* answer *question* exactly."""
    if not day.is_sealed or query.filters:
        return False
    if query.links is not None and day.sealed not in rolled_links:
        return False
    match question:
        case TopLinks():
            return False
        case Breakdown(by=by):
            return by in ROLLED and not is_cut(query, day.day)
        case Totals() | Series():
            return not _is_split(query, question, day.day)


def _is_split(query: ClickQuery, question: Question, day: int) -> bool:
    """Return whether roll-ups lack the visitors of an interval of *day*.

    They know how many came after a quarter of an hour, or before it, and not how many
    came between two.
    """
    match question:
        case Series(bounds=bounds):
            pass
        case Totals():
            bounds = (query.start_ms, query.end_ms)
        case _:
            return is_cut(query, day)
    inside = [each for each in bounds if day * DAY_MS < each < (day + 1) * DAY_MS]
    return len(inside) > 1 or any(each % _QUARTER_MS for each in inside)
