"""Counting the clicks of a folder's journals, each exactly once.

    take sums, or read a batch and set damage aside → one transaction:
        what is counted already? → leave that out → add up per link → commit
    → discard what is counted

Whatever fails in between, the batch is read again, and the clicks that were
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
from waypost.telemetry.log_throttle import LogThrottle
from waypost.telemetry.metrics import Metrics

_LONGEST_BACKOFF_SECONDS = 5.0
_MOST_DOUBLINGS = 16

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
        self._failures = 0
        self._wanted = asyncio.Event()
        self._waiting: set[asyncio.Future[None]] = set()
        self._throttle = LogThrottle()

    async def run(self) -> None:
        """Count every `interval` seconds and when asked, until cancelled."""
        while True:
            if await self._round():
                await self._pause()
            else:
                await self._back_off()

    async def settle(self, code: str) -> None:
        """Return once the clicks committed until now are counted, or after two seconds.

        Those on all codes are counted, not only on *code*. Callers during one round
        share the next.
        """
        del code
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        self._wanted.set()
        try:
            await asyncio.wait([waiter], timeout=SETTLE_SECONDS)
        finally:
            self._waiting.discard(waiter)

    async def drain(self, *, within: float) -> None:
        """Count what is left, for *within* seconds at most; `run` must have ended."""
        try:
            async with asyncio.timeout(within):
                while not await self._round():
                    await self._back_off()
        except TimeoutError:
            _log.warning("ingest.drain_unfinished", seconds=within)

    async def _round(self) -> bool:
        """Count all there is; return whether that succeeded."""
        self._wanted.clear()
        waiting = list(self._waiting)
        try:
            await self._count_all()
        except Exception as error:  # noqa: BLE001  # counting must go on, and tells
            self._failures += 1
            self._report(error)
            return False
        self._failures = 0
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
        return True

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

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._interval):
                await self._wanted.wait()
        except TimeoutError:
            return

    async def _back_off(self) -> None:
        doublings = min(self._failures, _MOST_DOUBLINGS)
        seconds = self._interval * 2**doublings
        await asyncio.sleep(min(seconds, _LONGEST_BACKOFF_SECONDS))

    def _report(self, error: Exception) -> None:
        """Tell of a failed round: in full when nobody foresaw it."""
        self._metrics.ingest_failures.inc()
        kind = type(error).__name__
        if not self._throttle.allows(kind):
            return
        foreseen = isinstance(error, BackendUnavailable | OSError)
        _log.error(
            "ingest.failed",
            kind=kind,
            cause=type(error.__cause__ or error).__name__,
            failures=self._failures,
            exc_info=None if foreseen else error,
        )
