"""All clicks of a query for an export: columns stay columns."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple, cast

from waypost.adapters.clickhouse.client import ClickHouse
from waypost.adapters.clickhouse.columns import IDENTITY, texts_of, value_of
from waypost.adapters.clickhouse.reading.conditions import Bound, days_of, in_rows
from waypost.adapters.clickhouse.schema import Tables
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.questions import ClickQuery
from waypost.ports.analytics.block_records import BlockRecords
from waypost.ports.analytics.reports import ClickColumns
from waypost.ports.batch.columns import Coded, Numbers, coded

_PAGE: Final = 65_536
"""Clicks of one step of an export."""
_ORDER: Final = "link_id, event_time, journal, lane, sequence"


class _Place(NamedTuple):
    """Where a page ends."""

    link_id: int
    time_ms: int
    journal: str
    lane: int
    sequence: int


class Exporting:
    """Reads all clicks of a query."""

    def __init__(
        self, server: ClickHouse, records: BlockRecords, *, tables: Tables
    ) -> None:
        self._server = server
        self._records = records
        self._tables = tables

    async def all_of(
        self, query: ClickQuery, dimensions: Sequence[Dimension]
    ) -> AsyncIterator[ClickColumns]:
        """Yield all clicks of *query*, a UTC day after the other."""
        snapshot = await self._records.snapshot(*days_of(query))
        for day in snapshot.days:
            if not day.has_rows:
                continue
            last: _Place | None = None
            while True:
                bound = Bound()
                where = in_rows(bound, query, [day.day], horizon=snapshot.horizon)
                columns = await self._page(bound, where, last, dimensions)
                if not columns:
                    break
                # In a thread: redirects go on meanwhile.
                yield await asyncio.to_thread(_click_columns, columns)
                last = _last_of(columns)

    async def _page(
        self,
        bound: Bound,
        where: str,
        last: _Place | None,
        dimensions: Sequence[Dimension],
    ) -> Sequence[Sequence[object]]:
        if last is not None:
            where += f" AND ({_ORDER}) > {_bound(bound, last)}"
        read = f"{IDENTITY}, {texts_of(dimensions)}" if dimensions else IDENTITY
        columns = await self._server.read_columns(
            f"SELECT {read} FROM {self._tables.events} WHERE {where} "
            f"ORDER BY {_ORDER} LIMIT {_PAGE}",
            bound.values,
        )
        return columns if columns and columns[0] else ()


def _click_columns(columns: Sequence[Sequence[object]]) -> ClickColumns:
    journals, lanes, sequences, links, moments, *texts = columns
    return ClickColumns(
        journal=coded(cast(Sequence[str], journals)),
        lane=Numbers.of(cast(Sequence[int], lanes)),
        sequence=Numbers.of(cast(Sequence[int], sequences)),
        link_id=coded(cast(Sequence[int], links)),
        time_ms=Numbers.of(cast(Sequence[int], moments)),
        values=[_values(cast(Sequence[str], each)) for each in texts],
    )


def _values(texts: Sequence[str]) -> Coded[str | None]:
    kept = coded(texts)
    return Coded(kept.places, [value_of(text) for text in kept.values])


def _last_of(columns: Sequence[Sequence[object]]) -> _Place:
    journal, lane, sequence, link_id, time_ms = (column[-1] for column in columns[:5])
    return _Place(
        cast(int, link_id),
        cast(int, time_ms),
        str(journal),
        cast(int, lane),
        cast(int, sequence),
    )


def _bound(bound: Bound, place: _Place) -> str:
    moment = f"fromUnixTimestamp64Milli({bound(place.time_ms, 'Int64')}, 'UTC')"
    return (
        f"({bound(place.link_id, 'UInt64')}, {moment}, "
        f"{bound(place.journal, 'String')}, {bound(place.lane, 'UInt8')}, "
        f"{bound(place.sequence, 'UInt64')})"
    )
