"""Retention, erasure, classification and checks. Each may run again after a kill."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from waypost.adapters.clickhouse.client import ClickHouse, Parameters
from waypost.adapters.clickhouse.columns import text_of, value_of
from waypost.adapters.clickhouse.rows import ClickHouseRows
from waypost.adapters.clickhouse.schema import Tables
from waypost.adapters.clickhouse.sealing import (
    EVERYTHING,
    ROLLUP_COLUMNS,
    TOTAL,
    Sealing,
    once,
    rollups_sql,
)
from waypost.domain.clicks import LANES
from waypost.domain.errors import BackendUnavailable
from waypost.domain.sequences import CountedSequences
from waypost.ports.analytics.administration import DayCheck, Expired, StoredDay
from waypost.ports.analytics.block_records import BlockRecords, DayRecord

_LAST_DAY: Final = 65_535
"""The last day that ClickHouse's type Date has."""
_BY_AGENT: Final = ("", "agent", "preview")
"""The reasons for a machine that the agent alone decides; empty: a person."""
_ATTEMPTS: Final = 5
_SYNC: Final = {"mutations_sync": 2, "lightweight_deletes_sync": 2}


class ClickHouseAdministration:
    """What operators ask for."""

    def __init__(
        self,
        server: ClickHouse,
        records: BlockRecords,
        *,
        tables: Tables,
        rows: ClickHouseRows,
        sealing: Sealing,
    ) -> None:
        self._server = server
        self._records = records
        self._tables = tables
        self._rows = rows
        self._sealing = sealing

    async def stored_days(self) -> Sequence[StoredDay]:
        """Return the days that have rows, the oldest first."""
        return [
            StoredDay(day=day.day, version=day.sealed, is_sealed=day.is_sealed)
            for day in await self._days(_LAST_DAY)
            if day.has_rows
        ]

    async def stored_sequences(
        self, journals: Collection[str]
    ) -> Mapping[str, Mapping[int, CountedSequences]]:
        """Return which clicks of *journals* were ever recorded, by journal and lane."""
        found = await self._records.stored(dict.fromkeys(journals, range(LANES)))
        return {
            journal: known
            for journal, lanes in found.items()
            if (known := {lane: each for lane, each in lanes.items() if each.ranges})
        }

    async def expire(self, *, before_day: int, is_dry_run: bool) -> Expired:
        """Delete the rows of days before *before_day*; roll-ups of all links stay."""
        days = [day for day in await self._days(before_day - 1) if day.has_rows]
        clicks = await self._count(
            "event_date < toDate({day:UInt16})", {"day": before_day}
        )
        if not is_dry_run and days:
            await self._rows.send_pending()
            for day in days:
                await self._expire(day.day)
            await self._drop_weeks(before_day)
        return Expired(days=len(days), clicks=clicks)

    async def _expire(self, day: int) -> None:
        for _ in range(_ATTEMPTS):
            (current,) = (await self._records.snapshot(day, day)).days
            if await self._sealing.seal(current, least=1):
                await self._records.drop_rows([day])
                await self._delete("event_date = toDate({day:UInt16})", {"day": day})
                return
        raise BackendUnavailable

    async def expire_rollups(self, *, before_day: int, is_dry_run: bool) -> Expired:
        """Delete all that is known of days before *before_day*."""
        days = await self._days(before_day - 1)
        clicks = await self._count(
            "event_date < toDate({day:UInt16})", {"day": before_day}
        ) + await self._count_rolled([day for day in days if not day.has_rows])
        if not is_dry_run and days:
            await self._records.forget([day.day for day in days])
            await self._delete("event_date < toDate({day:UInt16})", {"day": before_day})
            await self._drop_weeks(before_day)
            await self._delete_rollups(before_day)
        return Expired(days=len(days), clicks=clicks)

    async def erase_link(self, link_id: int) -> int:
        """Delete every click of a link, from roll-ups too, and return how many."""
        parameters = {"link": link_id}
        erased = await self._erase("link_id = {link:UInt64}", parameters)
        over = [day for day in await self._days(_LAST_DAY) if not day.has_rows]
        return erased + await self._erase_expired(link_id, over)

    async def erase_block(
        self,
        first_link: int,
        last_link: int,
        *,
        journal: str,
        is_alone: bool,  # noqa: ARG002 - values are no table of their own here
    ) -> int:
        """Delete the clicks of the links *first_link* to *last_link*; return how many.

        Days that have no other clicks are not known any more.
        """
        parameters = {"first": first_link, "last": last_link}
        where = "link_id BETWEEN {first:UInt64} AND {last:UInt64}"
        touched = await self._touched(where, parameters)
        erased = await self._erase(where, parameters)
        left = await self._touched(
            "event_date IN (SELECT toDate(arrayJoin({days:Array(UInt16)})))",
            {"days": sorted(touched)},
        )
        empty = sorted(touched.keys() - left.keys())
        await self._records.forget(empty)
        await self._server.run(
            f"ALTER TABLE {self._tables.own_rollups}{self._tables.on_cluster} DELETE "
            "WHERE scope BETWEEN {first:Int64} AND {last:Int64} "
            "OR has({days:Array(UInt16)}, toUInt16(day))",
            {**parameters, "days": empty},
            settings=_SYNC,
        )
        await self._records.forget_journal(journal)
        return erased

    async def erase_visitor(self, day: int, visitor: int) -> int:
        """Delete the clicks of a visitor's hash of one day; return how many."""
        if not visitor or day < (await self._records.snapshot(day, day)).hashes_from:
            return 0
        parameters = {"day": day, "visitor": visitor}
        return await self._erase(
            "event_date = toDate({day:UInt16}) AND visitor = {visitor:UInt64}",
            parameters,
        )

    async def reclassify(self, machine: Callable[[str | None], str | None]) -> int:
        """Set the reason for a machine of every click that *machine* judges otherwise.

        Return how many clicks have changed.
        """
        await self._rows.send_pending()
        found = await self._server.read(
            f"SELECT agent, machine FROM {self._tables.events} "
            "WHERE machine IN {reasons:Array(String)} GROUP BY agent, machine",
            {"reasons": list(_BY_AGENT)},
            is_bounded=False,
        )
        wrong: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for agent, reason in found:
            right = text_of(machine(value_of(agent)))
            if right != reason:
                wrong[str(reason), right].append(str(agent))
        changed = 0
        for (reason, right), agents in wrong.items():
            changed += await self._set_reason(reason, right, agents)
        return changed

    async def _set_reason(self, reason: str, right: str, agents: list[str]) -> int:
        where = "machine = {reason:String} AND agent IN {agents:Array(String)}"
        parameters = {"reason": reason, "right": right, "agents": agents}
        days = await self._touched(where, parameters)
        await self._records.change(list(days))
        await self._server.run(
            f"ALTER TABLE {self._tables.own_events}{self._tables.on_cluster} "
            f"UPDATE machine = {{right:String}} WHERE {where}",
            parameters,
            settings=_SYNC,
        )
        # Again: roll-ups that were made meanwhile may hold some of each.
        await self._records.change(list(days))
        return sum(days.values())

    async def verify(self) -> AsyncIterator[DayCheck]:
        """Recompute every sealed day from its rows, and compare."""
        for day in await self._days(_LAST_DAY):
            if day.has_rows and day.is_sealed:
                yield await self._verify(day)

    async def _verify(self, day: DayRecord) -> DayCheck:
        right = rollups_sql(
            self._tables.events,
            "event_date = toDate({day:UInt16}) AND block < {version:UInt64}",
            scope=f"toInt64({EVERYTHING})",
        )
        rows = await self._server.read(
            f"SELECT dim, value FROM (SELECT {ROLLUP_COLUMNS} "
            f"FROM {self._tables.rollups} WHERE scope = {EVERYTHING} "
            "AND day = toDate({day:UInt16}) "
            f"AND version = {{version:UInt64}} UNION ALL {right}) "
            "GROUP BY dim, value HAVING count() != 2 OR min(people) != max(people) OR "
            "min(machines) != max(machines) OR min(visitors) != max(visitors) "
            "ORDER BY dim, value LIMIT 5",
            {"day": day.day, "version": day.sealed},
            is_bounded=False,
        )
        finding = ", ".join(f"{dim}: {value!r}" for dim, value in rows)
        return DayCheck(day=day.day, is_equal=not rows, finding=finding)

    async def _erase(self, where: str, parameters: Parameters) -> int:
        # What is recorded and not there yet would come after the erasure.
        await self._rows.send_pending()
        days = await self._touched(where, parameters)
        if days:
            await self._records.change(list(days))
            await self._delete(where, parameters)
            await self._records.change(list(days))
        return sum(days.values())

    async def _erase_expired(self, link_id: int, days: Sequence[DayRecord]) -> int:
        """Take a link out of the roll-ups of *days*, which have no rows any more.

        A visitor of this link and of others is taken out as well: which ones these
        are is not known, and a number must not be above the truth.
        """
        rows = await self._server.read(
            f"SELECT version, sum(people + machines) FROM {self._tables.rollups} WHERE "
            f"scope = {{link:UInt64}} AND dim = {TOTAL} "
            "AND version IN {versions:Array(UInt64)} GROUP BY version",
            {"link": link_id, "versions": [day.sealed for day in days]},
            is_bounded=False,
        )
        clicks = {version: each for version, each in rows if isinstance(each, int)}
        if clicks:
            await self._records.change([])
        for day in days:
            if day.sealed in clicks:
                await self._rewrite(day, link_id)
        return sum(clicks.values())

    async def _rewrite(self, day: DayRecord, link_id: int) -> None:
        """Make the roll-ups of *day* again, without a link."""
        version = await self._records.next_number()
        parameters = {
            "link": link_id,
            "day": day.day,
            "old": day.sealed,
            "version": version,
        }
        is_link = "scope = {link:UInt64}"
        people, machines, visitors = (
            f"toUInt64(greatest(0, sum(if({is_link}, -1, 1) * toInt64({name}))))"
            for name in ("people", "machines", "visitors")
        )
        await self._server.run(
            f"INSERT INTO {self._tables.rollups} ({ROLLUP_COLUMNS}) SELECT "
            f"if({is_link}, {EVERYTHING}, scope) AS whose, day, dim, value, "
            f"{{version:UInt64}}, {people} AS left, {machines} AS programs, "
            f"{visitors} AS known FROM {self._tables.rollups} "
            "WHERE day = toDate({day:UInt16}) AND version = {old:UInt64} "
            "GROUP BY whose, day, dim, value HAVING left + programs + known > 0",
            parameters,
            settings=once(f"erase-{version}"),
        )
        if not await self._records.seal(day, version=version):
            raise BackendUnavailable  # another erasure has changed it: do it again
        await self._sealing.remove_versions(day.day, below=version)

    async def _touched(self, where: str, parameters: Parameters) -> Mapping[int, int]:
        """Return how many rows of each day are concerned."""
        rows = await self._server.read(
            f"SELECT toUInt16(event_date), count() FROM {self._tables.events} "
            f"WHERE {where} GROUP BY event_date",
            parameters,
            is_bounded=False,
        )
        return {
            day: count
            for day, count in rows
            if isinstance(day, int) and isinstance(count, int)
        }

    async def _count(self, where: str, parameters: Parameters) -> int:
        return sum((await self._touched(where, parameters)).values())

    async def _count_rolled(self, days: Sequence[DayRecord]) -> int:
        ((clicks,),) = await self._server.read(
            f"SELECT sum(people + machines) FROM {self._tables.rollups} WHERE "
            f"scope = {EVERYTHING} AND dim = {TOTAL} "
            "AND version IN {versions:Array(UInt64)}",
            {"versions": [day.sealed for day in days]},
        )
        assert isinstance(clicks, int), "the column is a number"
        return clicks

    async def _delete(self, where: str, parameters: Parameters) -> None:
        """Delete rows: at once for readers, then from the disks."""
        table = f"{self._tables.own_events}{self._tables.on_cluster}"
        await self._server.run(
            f"DELETE FROM {table} WHERE {where}", parameters, settings=_SYNC
        )
        await self._server.run(
            f"ALTER TABLE {table} APPLY DELETED MASK", settings=_SYNC
        )

    async def _delete_rollups(self, before_day: int) -> None:
        await self._server.run(
            f"ALTER TABLE {self._tables.own_rollups}{self._tables.on_cluster} "
            "DELETE WHERE day < toDate({day:UInt16})",
            {"day": before_day},
            settings=_SYNC,
        )

    async def _drop_weeks(self, before_day: int) -> None:
        """Drop the partitions of weeks that lie before *before_day*."""
        weeks = await self._server.read(
            "SELECT DISTINCT partition FROM system.parts WHERE active "
            "AND database = currentDatabase() AND table = {table:String}",
            {"table": self._tables.own_events},
        )
        end = date(1970, 1, 1) + timedelta(days=before_day)
        for (week,) in weeks:
            monday = date.fromisoformat(str(week).strip("'"))
            if monday + timedelta(days=7) <= end:
                await self._server.run(
                    f"ALTER TABLE {self._tables.own_events}{self._tables.on_cluster} "
                    f"DROP PARTITION '{monday.isoformat()}'"
                )

    async def _days(self, last: int) -> Sequence[DayRecord]:
        return (await self._records.snapshot(0, last)).days
