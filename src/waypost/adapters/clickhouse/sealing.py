"""Roll-ups of days that are over, made from their rows.

A day's roll-ups have a version, a number above all blocks that they hold. The record
names the version that answers; one that was never named is garbage. So a seal that is
interrupted, repeated or late changes no answer.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from waypost.adapters.clickhouse.client import ClickHouse, Setting
from waypost.adapters.clickhouse.columns import column_of
from waypost.adapters.clickhouse.schema import Tables
from waypost.domain.analytics.dimensions import PLACES, Dimension
from waypost.domain.analytics.enriched import DAY_MS, day_of
from waypost.ports.analytics.block_records import BlockRecords, DayRecord

ROLLED: Final = {
    dimension: place
    for dimension, place in PLACES.items()
    if dimension is not Dimension.AGENT
}
"""The dimensions that roll-ups hold, and the number of each."""
TOTAL: Final = 100
QUARTER: Final = 101
"""Clicks by quarter of an hour of the UTC day, 0 to 95."""
FIRST: Final = 102
"""Visitors by the quarter of their first click."""
LAST: Final = 103
EVERYTHING: Final = 0
"""The scope of all clicks; others are ids of links."""

BUSY: Final = 1_024
"""Clicks from which on a link has roll-ups of a day: others are as quick from rows."""
_WAIT_MS: Final = 3_600_000
"""How long after its end, and after its last seal, a day is sealed."""

IS_PERSON: Final = "machine = ''"
IS_VISITOR: Final = "machine = '' AND visitor != 0"
ROLLUP_COLUMNS: Final = "scope, day, dim, value, version, people, machines, visitors"
_DAY: Final = "toDate({day:UInt16})"
_QUARTER: Final = f"intDiv(toUnixTimestamp64Milli(event_time) % {DAY_MS}, 900000)"


class Sealing:
    """Makes the roll-ups."""

    def __init__(
        self,
        server: ClickHouse,
        records: BlockRecords,
        *,
        tables: Tables,
        busy_clicks: int = BUSY,
    ) -> None:
        self._busy_clicks = busy_clicks
        self._server = server
        self._records = records
        self._tables = tables
        self._sealed_ms: dict[int, int] = {}

    async def keep(self, *, now_ms: int) -> bool:
        """Seal one day, and return whether others are waiting.

        Raises:
            BackendUnavailable: It is not sealed.
        """
        last = day_of(now_ms - _WAIT_MS) - 1
        snapshot = await self._records.snapshot(0, last)
        waiting = [
            day
            for day in snapshot.days
            if day.has_rows and not day.is_sealed and self._is_time(day, now_ms)
        ]
        ready = [day for day in waiting if day.changed <= snapshot.horizon]
        if not ready:
            return False
        await self.seal(ready[0])
        self._sealed_ms[ready[0].day] = now_ms
        return len(ready) > 1

    def _is_time(self, day: DayRecord, now_ms: int) -> bool:
        # A busy day's late clicks are taken together.
        sealed_ms = self._sealed_ms.get(day.day)
        return not day.sealed or sealed_ms is None or now_ms >= sealed_ms + _WAIT_MS

    async def seal(self, day: DayRecord, *, least: int | None = None) -> bool:
        """Make the roll-ups of *day*: also of links with *least* clicks or more.

        None: of busy links.

        False: the day has changed meanwhile, and is as it was.

        Raises:
            BackendUnavailable: The day is as it was.
        """
        version = await self._records.next_number()
        parameters = {
            "day": day.day,
            "version": version,
            "least": least or self._busy_clicks,
        }
        for place, select in enumerate(self._selects()):
            await self._server.run(
                f"INSERT INTO {self._tables.rollups} ({ROLLUP_COLUMNS}) {select}",
                parameters,
                settings=once(f"seal-{version}-{place}"),
            )
        is_sealed = await self._records.seal(day, version=version)
        if is_sealed and day.sealed:
            await self.remove_versions(day.day, below=version)
        return is_sealed

    async def remove_versions(self, day: int, *, below: int) -> None:
        """Delete the roll-ups of *day* of versions under *below*.

        Raises:
            BackendUnavailable: They are not deleted.
        """
        await self._server.run(
            f"DELETE FROM {self._tables.own_rollups}{self._tables.on_cluster} WHERE "
            "day = toDate({day:UInt16}) AND version < {below:UInt64}",
            {"day": day, "below": below},
            settings={"lightweight_deletes_sync": 2},
        )

    def _selects(self) -> Sequence[str]:
        """Return what makes the roll-ups: of everything, and of links."""
        events = self._tables.events
        of_day = "event_date = toDate({day:UInt16}) AND block < {version:UInt64}"
        busy = (
            f"{of_day} AND link_id IN (SELECT link_id FROM {events} WHERE {of_day} "
            "GROUP BY link_id HAVING count() >= {least:UInt64})"
        )
        return [
            rollups_sql(events, of_day, scope=f"toInt64({EVERYTHING})"),
            rollups_sql(events, busy, scope="toInt64(link_id)"),
        ]


def once(token: str) -> Mapping[str, Setting]:
    """Return the settings of a statement that the client may send twice.

    It does so when a connection ends before the answer.
    """
    return {"insert_deduplicate": 1, "insert_deduplication_token": token}


def rollups_sql(events: str, where: str, *, scope: str) -> str:
    """Return the roll-ups of the rows *where*, by *scope*.

    One scan makes those of all dimensions, and one those of visitors by quarter: so a
    day of few clicks, most of which is overhead, takes as few as possible.
    """
    pairs = [
        *((place, column_of(each)) for each, place in ROLLED.items()),
        (TOTAL, "''"),
        (QUARTER, _QUARTER),
    ]
    by_value = (
        f"SELECT {scope} AS scope, {_DAY}, pair.1, pair.2, {{version:UInt64}}, "
        f"countIf({IS_PERSON}) AS people, countIf(NOT ({IS_PERSON})) AS machines, "
        f"uniqExactIf(visitor, {IS_VISITOR} AND pair.1 != {QUARTER}) FROM ("
        f"SELECT *, arrayJoin([{_tuples(pairs)}]) AS pair FROM {events} WHERE {where}) "
        "GROUP BY scope, pair"
    )
    ends = [(FIRST, "min(quarter)"), (LAST, "max(quarter)")]
    by_end = (
        f"SELECT scope, {_DAY}, pair.1, pair.2, {{version:UInt64}}, toUInt64(0), "
        "toUInt64(0), count() FROM ("
        f"SELECT scope, arrayJoin([{_tuples(ends)}]) AS pair FROM ("
        f"SELECT {scope} AS scope, visitor, {_QUARTER} AS quarter FROM {events} "
        f"WHERE {where} AND {IS_VISITOR}) GROUP BY scope, visitor) GROUP BY scope, pair"
    )
    return f"{by_value} UNION ALL {by_end}"


def _tuples(pairs: Sequence[tuple[int, str]]) -> str:
    return ", ".join(
        f"tuple(toUInt8({dim}), toString({value}))" for dim, value in pairs
    )
