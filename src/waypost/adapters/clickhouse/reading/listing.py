"""Lists of clicks: the newest ones, and all."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from waypost.adapters.clickhouse.client import ClickHouse
from waypost.adapters.clickhouse.columns import READ, click_of
from waypost.adapters.clickhouse.reading.conditions import (
    Bound,
    about,
    days_of,
    in_days,
    in_period,
)
from waypost.adapters.clickhouse.schema import Tables
from waypost.domain.analytics.enriched import EnrichedClick, day_of
from waypost.domain.analytics.questions import ClickQuery
from waypost.ports.analytics.block_records import BlockRecords, Snapshot
from waypost.ports.analytics.reports import ClickCursor

_PAGE: Final = 20_000
"""Clicks of one step of an export."""
_EXPORTED: Final = "(link_id, event_time, journal, lane, sequence)"
_EXPORTED_TYPES: Final = "Tuple(UInt64, DateTime64(3, 'UTC'), String, UInt8, UInt64)"


class Listing:
    """Reads rows as they are."""

    def __init__(
        self, server: ClickHouse, records: BlockRecords, *, tables: Tables
    ) -> None:
        self._server = server
        self._records = records
        self._tables = tables

    async def newest(
        self, query: ClickQuery, *, after: ClickCursor | None, limit: int
    ) -> Sequence[EnrichedClick]:
        """Return up to *limit* clicks behind *after*, newest first.

        The newest day is read first, and twice as many with each step: the clicks of
        a page lie close together, or there are few.
        """
        snapshot = await self._records.snapshot(*days_of(query))
        days = [day.day for day in reversed(snapshot.days) if day.has_rows]
        if after is not None:
            days = [day for day in days if day <= day_of(after.time_ms)]
        found: list[EnrichedClick] = []
        number = 1
        while days and len(found) < limit:
            some, days = sorted(days[:number]), days[number:]
            bound = Bound()
            where = self._where(bound, query, some, snapshot.horizon)
            if after is not None:
                where += f" AND {_behind(bound, after)}"
            left = bound(limit - len(found), "UInt64")
            rows = await self._server.read(
                f"SELECT {READ} FROM {self._tables.events} WHERE {where} ORDER BY "
                "event_time DESC, link_id DESC, lane DESC, sequence DESC "
                f"LIMIT {left}",
                bound.values,
            )
            found += [_shown(click_of(row), snapshot) for row in rows]
            number *= 2
        return found

    async def all_of(self, query: ClickQuery) -> AsyncIterator[Sequence[EnrichedClick]]:
        """Yield all clicks of *query*, a UTC day after the other."""
        snapshot = await self._records.snapshot(*days_of(query))
        for day in snapshot.days:
            if not day.has_rows:
                continue
            last: EnrichedClick | None = None
            while page := await self._page(query, day.day, last, snapshot.horizon):
                yield [_shown(click, snapshot) for click in page]
                last = page[-1]

    async def _page(
        self,
        query: ClickQuery,
        day: int,
        last: EnrichedClick | None,
        horizon: int,
    ) -> Sequence[EnrichedClick]:
        bound = Bound()
        where = self._where(bound, query, [day], horizon)
        if last is not None:
            where += f" AND {_EXPORTED} > {_place(bound, last)}"
        rows = await self._server.read(
            f"SELECT {READ} FROM {self._tables.events} WHERE {where} "
            f"ORDER BY {_EXPORTED[1:-1]} LIMIT {_PAGE}",
            bound.values,
            is_bounded=False,
        )
        return [click_of(row) for row in rows]

    def _where(
        self, bound: Bound, query: ClickQuery, days: Sequence[int], horizon: int
    ) -> str:
        conditions = (
            in_days(bound, days),
            in_period(bound, query),
            about(bound, query, horizon=horizon),
        )
        return " AND ".join(conditions)


def _shown(click: EnrichedClick, snapshot: Snapshot) -> EnrichedClick:
    """Return *click* without a hash that nothing can be compared with any more."""
    if day_of(click.time_ms) < snapshot.hashes_from:
        return click._replace(visitor=0)
    return click


def _behind(bound: Bound, after: ClickCursor) -> str:
    """Return the condition that a row comes after the cursor."""
    moment = f"fromUnixTimestamp64Milli({bound(after.time_ms, 'Int64')}, 'UTC')"
    return (
        f"event_time <= {moment} AND "
        f"(event_time, link_id, lane, sequence) < ({moment}, "
        f"{bound(after.link_id, 'UInt64')}, {bound(after.lane, 'UInt8')}, "
        f"{bound(after.sequence, 'UInt64')})"
    )


def _place(bound: Bound, click: EnrichedClick) -> str:
    moment = f"fromUnixTimestamp64Milli({bound(click.time_ms, 'Int64')}, 'UTC')"
    return (
        f"({bound(click.link_id, 'UInt64')}, {moment}, "
        f"{bound(click.journal, 'String')}, {bound(click.lane, 'UInt8')}, "
        f"{bound(click.sequence, 'UInt64')})"
    )
