"""Adding clicks: in blocks that are recorded before they are sent."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from waypost.adapters.clickhouse.client import ClickHouse, Setting
from waypost.adapters.clickhouse.columns import NAMES
from waypost.adapters.clickhouse.native import body_of, content_of, token_of
from waypost.adapters.clickhouse.schema import Tables
from waypost.adapters.clickhouse.sealing import Sealing
from waypost.domain.analytics.enriched import EnrichedClick, day_of
from waypost.domain.clicks import JournalPosition
from waypost.domain.sequences import CountedSequences
from waypost.ports.analytics.block_records import (
    BlockRecords,
    NewBlock,
    RecordedBlock,
)
from waypost.ports.analytics.rows import Freshness

_FIRST_MONDAY: Final = 4
"""Days from 1970-01-01 to the first Monday."""
_HASHES_DAYS: Final = 2
"""For how many days after a day its visitors can be recognised."""
_ATTEMPTS: Final = 5
"""How often other processes may record some of the same clicks meanwhile."""


_BY_LINK: Final = attrgetter("link_id", "time_ms")
"""The order of a block's clicks, which is nearly that of the table."""


class ClickHouseRows:
    """Adds clicks, each once; several processes may do so at the same time."""

    def __init__(
        self,
        server: ClickHouse,
        records: BlockRecords,
        *,
        tables: Tables,
        sealing: Sealing,
    ) -> None:
        self._server = server
        self._records = records
        self._tables = tables
        self._sealing = sealing

    async def position(self, journal: str) -> JournalPosition | None:
        """Return the position that the last `add` of *journal* remembered."""
        return await self._records.position(journal)

    async def add(
        self,
        clicks: Sequence[EnrichedClick],
        *,
        freshness: Sequence[Freshness] = (),
        positions: Mapping[str, JournalPosition] | None = None,
    ) -> int:
        """Store *clicks*, and return how many were new.

        What an earlier call has recorded and could not send is sent first.

        Raises:
            BackendUnavailable: Nothing is stored, or all of it: add them again.
        """
        await self.send_pending()
        for _ in range(_ATTEMPTS):
            new = await self._new_ones(clicks)
            recorded = await self._records.record(
                [_block(block) for block in _by_week(await self._kept(new))],
                taken=_sequences(new),
                positions=positions or {},
                freshness=freshness,
            )
            if recorded is not None:
                break
        assert recorded is not None, "clicks that others record are not new any more"
        for block in recorded:
            await self._send(block)
        if recorded:
            await self._records.confirm([block.number for block in recorded])
        return len(new)

    async def keep(self, *, now_ms: int) -> bool:
        """Seal a day that is over, and return whether there is more to do.

        Raises:
            BackendUnavailable: The store cannot be written.
        """
        await self.send_pending()
        await self._records.destroy_salts(before_day=day_of(now_ms) - _HASHES_DAYS)
        return await self._sealing.keep(now_ms=now_ms)

    async def send_pending(self) -> None:
        """Send the blocks that were recorded, and are not confirmed.

        Raises:
            BackendUnavailable: One is not known to have arrived.
        """
        for block in await self._records.pending():
            if not await self._has_arrived(block):
                await self._send(block)
            await self._records.confirm([block.number])

    async def _send(self, block: RecordedBlock) -> None:
        body = body_of(block.content, number=block.number, rows=block.rows)
        await self._server.insert(
            self._tables.events,
            NAMES,
            body,
            settings=insert_settings(self._tables, block.token),
        )

    async def _has_arrived(self, block: RecordedBlock) -> bool:
        """Return whether *block* is there: its token may be forgotten by now."""
        ((rows,),) = await self._server.read(
            f"SELECT count() FROM {self._tables.events} WHERE block = {{block:UInt64}} "
            "AND event_date BETWEEN toDate({first:UInt16}) AND toDate({last:UInt16})",
            {"block": block.number, "first": block.first_day, "last": block.last_day},
            is_bounded=False,
        )
        return rows == block.rows

    async def _new_ones(
        self, clicks: Sequence[EnrichedClick]
    ) -> Sequence[EnrichedClick]:
        """Return each of *clicks* that is not recorded, once."""
        lanes: defaultdict[str, set[int]] = defaultdict(set)
        for click in clicks:
            lanes[click.journal].add(click.lane)
        if not lanes:
            return ()
        known = await self._records.stored(lanes)
        each = {(click.journal, click.lane, click.sequence): click for click in clicks}
        return [
            click
            for click in each.values()
            if click.sequence not in known[click.journal][click.lane]
        ]

    async def _kept(self, clicks: Sequence[EnrichedClick]) -> Sequence[EnrichedClick]:
        """Return *clicks* without those of days whose rows have expired."""
        days = {day_of(click.time_ms) for click in clicks}
        if not days:
            return ()
        found = await self._records.snapshot(min(days), max(days))
        over = {each.day for each in found.days if not each.has_rows}
        if not over:
            return clicks
        return [click for click in clicks if day_of(click.time_ms) not in over]


def insert_settings(tables: Tables, token: str) -> Mapping[str, Setting]:
    """Return the settings under which a block of *token* is inserted once."""
    settings: dict[str, Setting] = {
        "insert_deduplicate": 1,
        "insert_deduplication_token": token,
        "async_insert": 0,
    }
    if tables.cluster:
        # What is confirmed is on all shards, and a reader finds it on any replica.
        settings |= {
            "distributed_foreground_insert": 1,
            "insert_quorum": "auto",
            "insert_quorum_parallel": 0,
        }
    return settings


def _by_week(clicks: Sequence[EnrichedClick]) -> Sequence[Collection[EnrichedClick]]:
    """Return *clicks* in a block for each partition, which is added as a whole."""
    weeks = set(map(_week_of, {day_of(click.time_ms) for click in clicks}))
    if len(weeks) == 1:
        return [clicks]
    ordered = sorted(clicks, key=_week)
    return [list(block) for _, block in groupby(ordered, key=_week)]


def _week(click: EnrichedClick) -> int:
    return _week_of(day_of(click.time_ms))


def _week_of(day: int) -> int:
    return (day - _FIRST_MONDAY) // 7


def _block(clicks: Collection[EnrichedClick]) -> NewBlock:
    ordered = sorted(clicks, key=_BY_LINK)
    return NewBlock(
        token=token_of(ordered),
        days=frozenset(day_of(click.time_ms) for click in ordered),
        rows=len(ordered),
        content=content_of(ordered),
    )


def _sequences(
    clicks: Sequence[EnrichedClick],
) -> dict[str, dict[int, CountedSequences]]:
    taken: defaultdict[str, defaultdict[int, list[int]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for click in clicks:
        taken[click.journal][click.lane].append(click.sequence)
    return {
        journal: {lane: CountedSequences().adding(each) for lane, each in lanes.items()}
        for journal, lanes in taken.items()
    }
