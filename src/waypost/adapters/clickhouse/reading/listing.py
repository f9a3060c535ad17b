"""Lists of clicks, newest first."""

from collections.abc import Sequence

from waypost.adapters.clickhouse.client import ClickHouse
from waypost.adapters.clickhouse.columns import READ, click_of
from waypost.adapters.clickhouse.reading.conditions import (
    Bound,
    days_of,
    in_rows,
)
from waypost.adapters.clickhouse.schema import Tables
from waypost.domain.analytics.enriched import EnrichedClick, day_of
from waypost.domain.analytics.questions import ClickQuery
from waypost.ports.analytics.block_records import BlockRecords, Snapshot
from waypost.ports.analytics.reports import ClickCursor


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
            where = in_rows(bound, query, some, horizon=snapshot.horizon)
            if after is not None:
                where += f" AND {_behind(bound, after)}"
            left = bound(limit - len(found), "UInt64")
            rows = await self._server.read(
                f"SELECT {READ} FROM {self._tables.events} WHERE {where} ORDER BY "
                "event_time DESC, link_id DESC, lane DESC, sequence DESC, "
                f"toString(journal) DESC LIMIT {left}",
                bound.values,
            )
            found += [_shown(click_of(row), snapshot) for row in rows]
            number *= 2
        return found


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
        f"(event_time, link_id, lane, sequence, toString(journal)) < ({moment}, "
        f"{bound(after.link_id, 'UInt64')}, {bound(after.lane, 'UInt8')}, "
        f"{bound(after.sequence, 'UInt64')}, {bound(after.journal, 'String')})"
    )
