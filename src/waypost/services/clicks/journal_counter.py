"""The reader `counts` of a journal: it counts each click exactly once.

    take sums, or read a batch and set damage aside → one transaction:
        what is counted already? → leave that out → add up per link → commit
    → release what is counted

If any step fails, the batch is read again, and clicks that were
counted are recognised by their identity.
"""

import asyncio
from functools import partial

import structlog

from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import ClickSource
from waypost.ports.storage import Storage
from waypost.services.clicks.journal_counts import count_batch, counted_position
from waypost.services.clicks.settle import SETTLE_SECONDS
from waypost.services.rounds import Rounds
from waypost.telemetry.metrics import Metrics

_log = structlog.get_logger()


class JournalCounter:
    """Counts recorded clicks for as long as it runs; a `ClickSettlement`."""

    def __init__(
        self,
        *,
        source: ClickSource,
        storage: Storage,
        metrics: Metrics,
        interval: float,
        limit: int,
    ) -> None:
        self._source = source
        self._storage = storage
        self._stored = partial(counted_position, storage=storage)
        self._metrics = metrics
        self._interval = interval
        self._limit = limit
        self._position: JournalPosition | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._rounds = Rounds(
            "ingest.failed",
            interval=interval,
            counter=metrics.ingest_failures,
            expected=(BackendUnavailable, OSError),
        )

    async def run(self) -> None:
        """Count every `interval` seconds and when asked, until cancelled."""
        await self._rounds.run(self._round)

    async def settle(self, code: str) -> None:
        """Return once the clicks committed until now are counted, or after two seconds.

        Those on all codes are counted, not only on *code*. Callers during one round
        share the next.
        """
        del code
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        # A store that is away is not called more often because many ask for counts.
        if not self._rounds.failures:
            self._rounds.nudge()
        try:
            await asyncio.wait([waiter], timeout=SETTLE_SECONDS)
        finally:
            self._waiting.discard(waiter)

    async def drain(self, *, within: float) -> None:
        """Count what is left, for *within* seconds at most; `run` must have ended."""
        try:
            async with asyncio.timeout(within):
                while await self._rounds.attempt(self._round) is None:
                    pass
        except TimeoutError:
            _log.warning("ingest.drain_unfinished", seconds=within)

    async def _round(self) -> float:
        """Count all clicks that there are."""
        waiting = list(self._waiting)
        await self._count_all()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
        return self._interval

    async def _count_all(self) -> None:
        finished = False
        while not finished:
            # Forgotten until the batch is counted: a failure asks the store again.
            position, self._position = self._position, None
            if position is None:
                position = await self._source.begin(self._stored)
            done = await count_batch(
                position,
                source=self._source,
                storage=self._storage,
                metrics=self._metrics,
                limit=self._limit,
            )
            self._position, finished = done.position, done.finished
