"""Counts visits that belong to no link, and stores the counts every few seconds.

    record ─▶ tallies in memory ─▶ batch ─▶ store ─▶ next batch
                   ▲                 └─ failed ─▶ the same batch again
                   └─ further visits meanwhile

Memory is bounded by the number of different codes; what is beyond is counted without
its code. A process that is killed loses the visits of the last seconds.
"""

import asyncio
from typing import Final, TypeAlias
from uuid import uuid4

import structlog

from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.orphans import (
    OTHERS,
    Orphan,
    OrphanKey,
    OrphanKind,
    OrphanTally,
)
from waypost.domain.links import DEFAULT_DOMAIN
from waypost.ports.analytics.orphans import OrphanBatch, OrphanStore
from waypost.services.rounds import Rounds
from waypost.telemetry.analytics.orphan_metrics import OrphanMetrics

INTERVAL_SECONDS: Final = 5.0
"""How often visits are stored, and how many seconds of them a kill may lose."""
CODES_AT_ONCE: Final = 1_000
"""Different codes of a kind that are counted one by one until they are stored."""

_log = structlog.get_logger()


class OrphanCounter:
    """Counts orphans for one event loop; an `OrphanRecorder`."""

    def __init__(
        self,
        store: OrphanStore,
        *,
        metrics: OrphanMetrics,
        interval: float = INTERVAL_SECONDS,
        codes: int = CODES_AT_ONCE,
    ) -> None:
        """Store in *store*; count up to *codes* of each kind one by one."""
        self._store = store
        self._metrics = metrics
        self._interval = interval
        self._codes = codes
        self._source = uuid4().hex
        self._number = 0
        self._counts: dict[OrphanKind, _Counts] = {kind: {} for kind in OrphanKind}
        self._without_code = 0
        self._batch: OrphanBatch | None = None
        """What is being stored; kept until that has certainly happened."""
        self._storing = asyncio.Lock()
        self._rounds = Rounds(
            "orphans.not_stored", interval=interval, counter=metrics.failures
        )

    def record(self, orphan: Orphan) -> None:
        """Count *orphan*."""
        kind, text, is_machine, time_ms, domain = orphan
        counts, key = self._counts[kind], (text, time_ms // DAY_MS, domain)
        count = counts.get(key) or self._begun(counts, key, time_ms)
        if time_ms > count.last_ms:
            count.last_ms = time_ms
        elif time_ms < count.first_ms:  # a clock was set back
            count.first_ms = time_ms
        if is_machine:
            count.machines += 1
        else:
            count.people += 1

    async def run(self) -> None:
        """Store what was counted, again and again, until cancelled."""
        await self._rounds.run(self._round)

    async def drain(self, *, within: float) -> None:
        """Store what is left, for *within* seconds at most."""
        try:
            async with asyncio.timeout(within):
                while await self._rounds.attempt(self._round) is None:
                    pass
        except TimeoutError:
            _log.warning("orphans.drain_unfinished", seconds=within)

    def _begun(self, counts: "_Counts", key: "_Key", time_ms: int) -> "_Count":
        """Return a new count of *key*, or that of the others."""
        if len(counts) >= self._codes and key[0] != OTHERS:
            self._without_code += 1
            key = (OTHERS, key[1], DEFAULT_DOMAIN)
            if (others := counts.get(key)) is not None:
                return others
        count = counts[key] = _Count(time_ms)
        return count

    async def _round(self) -> float:
        """Store all that was counted: first what may have been stored already."""
        async with self._storing:
            is_repeated = self._batch is not None
            await self._store_batch()
            if is_repeated:
                await self._store_batch()
        return self._interval

    async def _store_batch(self) -> None:
        batch = self._batch = self._batch or self._next_batch()
        if batch is None:
            return
        await self._store.add(batch)
        self._batch = None
        for key, tally in batch.tallies.items():
            stored = self._metrics.stored.labels(key.kind)
            stored.inc(tally.people + tally.machines)

    def _next_batch(self) -> OrphanBatch | None:
        tallies = {
            OrphanKey(kind, *key): count.tally()
            for kind, counts in self._counts.items()
            for key, count in counts.items()
        }
        if not tallies:
            return None
        for counts in self._counts.values():
            counts.clear()
        self._metrics.without_code.inc(self._without_code)
        self._without_code = 0
        self._number += 1
        return OrphanBatch(source=self._source, number=self._number, tallies=tallies)


class _Count:
    """The visits of one key since the last batch."""

    __slots__ = ("first_ms", "last_ms", "machines", "people")

    def __init__(self, time_ms: int) -> None:
        self.first_ms = self.last_ms = time_ms
        self.people = self.machines = 0

    def tally(self) -> OrphanTally:
        """Return what was counted."""
        return OrphanTally(self.first_ms, self.last_ms, self.people, self.machines)


_Key: TypeAlias = tuple[str, int, str]
"""A text, a UTC day and a domain."""
_Counts: TypeAlias = dict[_Key, _Count]
"""The counts of a kind."""
