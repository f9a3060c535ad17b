"""Storing the clicks of a journal for reports, each exactly once.

read ─▶ enrich ─▶ one transaction {clicks, position, freshness} ─▶ report
                                            └ once a second: a step of upkeep
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.clicks import JournaledClick, JournalPosition
from waypost.ports.analytics.rows import ClickRows, Freshness
from waypost.ports.journal import JournaledBatch, JournalFeed
from waypost.services.journal_loop import JournalLoop
from waypost.telemetry.growth import Growth

UPKEEP_SECONDS: Final = 1.0
"""How often the store is looked after while clicks come."""
FRESHNESS_SECONDS: Final = 2.0
"""How often it is noted that no clicks have come."""

Enrich: TypeAlias = Callable[
    [Sequence[JournaledClick]], Awaitable[Sequence[EnrichedClick]]
]
"""Returns what reports know of clicks. Raises BackendUnavailable."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """How far the journal is stored, and the result of the last batch."""

    position: JournalPosition | None
    """Where the next batch begins; all before it is stored. None: nothing yet."""
    lag_seconds: float
    """Age of the oldest click of the batch when it was stored; while the store does
    not answer: the time since then."""
    clicks: int = 0
    """How many clicks were stored."""
    repeated: int = 0
    """How many were stored before."""
    failed: bool = False
    """Whether the batch is yet to be stored again."""
    more: bool = False
    """Whether there is more to do at once."""
    growth: list[Growth] = []
    """What the counters of enrichment have grown by since the last report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreContext:
    """What storing works with, for as long as the process lives."""

    feed: JournalFeed
    enrich: Enrich
    rows: ClickRows
    source: str
    """The name of the journal's folder among all that are stored."""


class StoreLoop:
    """Stores a journal for as long as it runs."""

    def __init__(
        self,
        context: StoreContext,
        *,
        report: Callable[[Stored], None],
        interval: float,
        limit: int,
    ) -> None:
        """Look for clicks every *interval* seconds, and store *limit* at a time."""
        self._context = context
        self._limit = limit
        self._is_stopping = False
        self._kept_at = self._noted_at = float("-inf")
        self._loop = JournalLoop(
            "rows.failed",
            step=self._step,
            failed=_failed,
            report=report,
            interval=interval,
        )

    def stop(self) -> None:
        """Make `run` return once it has found nothing more, or has failed."""
        self._is_stopping = True
        self._loop.stop()

    async def run(self) -> None:
        """Store clicks, until `stop`."""
        context = self._context
        await self._loop.run(await context.feed.begin(context.rows.position))

    async def _step(self, position: JournalPosition | None) -> Stored:
        looked_ms = time.time_ns() // 1_000_000
        batch = await self._context.feed.read(position, limit=self._limit)
        clicks = await self._context.enrich(batch.clicks)
        new = await self._add(batch, clicks, looked_ms)
        is_kept = await self._keep()
        return Stored(
            position=batch.position,
            lag_seconds=_age(clicks),
            clicks=new,
            repeated=len(clicks) - new,
            more=batch.more or not is_kept,
        )

    async def _add(
        self, batch: JournaledBatch, clicks: Sequence[EnrichedClick], looked_ms: int
    ) -> int:
        """Store *clicks* and how far the journal is stored, in one transaction."""
        now = time.monotonic()
        is_moved = bool(batch.journal)
        if not is_moved and now < self._noted_at + FRESHNESS_SECONDS:
            return 0
        self._noted_at = now
        as_of_ms = clicks[-1].time_ms if batch.more and clicks else looked_ms
        return await self._context.rows.add(
            clicks,
            freshness=[Freshness(source=self._context.source, as_of_ms=as_of_ms)],
            positions={batch.journal: batch.position} if is_moved else None,
        )

    async def _keep(self) -> bool:
        """Look after the store if it is time; return whether nothing is left to do."""
        now = time.monotonic()
        if self._is_stopping or now < self._kept_at + UPKEEP_SECONDS:
            return True
        if await self._context.rows.keep(now_ms=time.time_ns() // 1_000_000):
            return False
        self._kept_at = now
        return True


def _failed(position: JournalPosition | None, seconds: float) -> Stored:
    return Stored(position=position, lag_seconds=seconds, failed=True)


def _age(clicks: Sequence[EnrichedClick]) -> float:
    """Return how many seconds ago the oldest of *clicks* happened."""
    if not clicks:
        return 0.0
    return max(0.0, time.time() - clicks[0].time_ms / 1_000)
