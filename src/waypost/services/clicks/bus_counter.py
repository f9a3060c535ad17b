"""Counting clicks from the bus, each exactly once.

    read ─▶ count in one transaction ─▶ keep dead letters ─▶ done ─▶ settle
      └ and the next one meanwhile                           └ beside the next count
              ├ away? the same batch again, after a while
              ├ on an unknown link? a dead letter, kept before the commit
              └ refused? smaller parts, until the click is found that is refused

If any step before `done` fails, the batch is read again; its clicks are recognised.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import BusBatch, ClickSubscription, DeadLetters, Undecodable
from waypost.ports.hot_links import HotLinks
from waypost.ports.storage import Storage
from waypost.services.clicks.count import Counted, log_counted
from waypost.services.clicks.identify import NO_LINK, identify
from waypost.services.clicks.isolate import (
    ATTEMPTS,
    Isolated,
    RefusedClick,
    count_countable,
)
from waypost.services.rounds import Rounds
from waypost.telemetry.metrics import Metrics

UNKNOWN_ID: Final = "unknown-link"
"""The reason of a dead letter that is a click on an unknown link."""

_FIRST_PAUSE_SECONDS = 0.2

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountContext:
    """The parts that all counting from the bus shares, for every subscription."""

    storage: Storage
    dead_letters: DeadLetters
    hot: HotLinks | None
    """Holds the numbers of clicks that are not counted yet, if there is Redis."""
    metrics: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """How much is read from the bus at a time; the limit reached first ends a batch."""

    clicks: int
    seconds: float
    """For how long clicks are gathered."""


class BusCounter:
    """Counts the clicks of one subscription for as long as it runs."""

    def __init__(
        self,
        subscription: ClickSubscription,
        *,
        route: str,
        limits: BatchLimits,
        context: CountContext,
    ) -> None:
        """Count batch by batch; *route* is the name of *subscription* in the log."""
        self._subscription = subscription
        self._route = route
        self._context = context
        self._read_batch = partial(
            subscription.read, limit=limits.clicks, within=limits.seconds
        )
        self._reading, self._counting = (
            Rounds(
                "ingest.failed",
                interval=_FIRST_PAUSE_SECONDS,
                counter=context.metrics.ingest_failures,
                route=route,
            )
            for _ in range(2)
        )
        self._finishing: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Make `run` return once the current batch is counted, or has failed."""
        self._reading.stop()
        self._counting.stop()

    async def run(self) -> None:
        """Count batches, until `stop`."""
        reading = asyncio.create_task(self._read())
        try:
            while not self._counting.is_stopping:
                batch = await reading
                # The next batch is read while the store works on this one.
                reading = asyncio.create_task(self._read())
                if batch is not None:
                    await self._see_through(batch)
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
            await self._finished()

    async def _read(self) -> BusBatch | None:
        """Return a batch; None: no clicks, or the bus does not answer."""
        batch = await self._reading.attempt(self._read_batch)
        if batch is None or not (batch.clicks or batch.undecodable):
            return None
        return batch

    async def _see_through(self, batch: BusBatch) -> None:
        """Count *batch*, however often it takes; at a `stop` it stays on the bus."""
        work = partial(self._count_whole, batch)
        while await self._counting.attempt(work) is None:
            if self._counting.is_stopping:
                return

    async def _count_whole(self, batch: BusBatch) -> Isolated:
        """Count *batch*, keep what cannot be counted, and begin to finish it."""
        began = time.perf_counter()
        isolated = await self._count(batch)
        await self._keep_refused(batch, isolated.refused)
        # The bus may be busy with reading for as long as clicks gather: nothing waits.
        await self._finished()
        self._finishing = asyncio.create_task(self._finish(batch))
        log_counted(
            _counted(batch, isolated),
            route=self._route,
            newest_ns=batch.clicks[-1].time_ns if batch.clicks else time.time_ns(),
            began=began,
            metrics=self._context.metrics,
        )
        return isolated

    async def _count(self, batch: BusBatch) -> Isolated:
        async def keep_unknown(places: Iterable[int]) -> None:
            letters = [batch.original(at)._replace(reason=UNKNOWN_ID) for at in places]
            await self._keep(letters, attempts=1)

        storage = self._context.storage
        if not batch.settled:  # all clicks say which links they are on
            return await count_countable(
                batch.clicks, storage=storage, keep_unknown=keep_unknown
            )
        found = await identify(batch.clicks, links=storage.links)
        counted = await count_countable(
            found.clicks,
            storage=storage,
            keep_unknown=lambda some: keep_unknown(found.places[at] for at in some),
            settled=batch.settled,
        )
        refused = [
            RefusedClick(found.places[click.at], click.reason)
            for click in counted.refused
        ]
        unknown = [RefusedClick(at, NO_LINK) for at in found.unknown]
        return counted._replace(refused=refused + unknown)

    async def _keep_refused(
        self, batch: BusBatch, refused: Sequence[RefusedClick]
    ) -> None:
        """Keep records that cannot be counted as dead letters."""
        await self._keep(batch.undecodable, attempts=1)
        letters = [
            batch.original(click.at)._replace(reason=click.reason) for click in refused
        ]
        await self._keep(letters, attempts=ATTEMPTS)

    async def _keep(self, records: Sequence[Undecodable], *, attempts: int) -> None:
        if not records:
            return
        await self._context.dead_letters.put(records, attempts=attempts)
        self._context.metrics.dead_letters.inc(len(records))
        _log.warning(
            "ingest.dead_letters",
            route=self._route,
            records=len(records),
            reason=records[0].reason,
        )

    async def _finished(self) -> None:
        """Return once the previous batch is finished."""
        finishing, self._finishing = self._finishing, None
        if finishing is not None:
            await finishing

    async def _finish(self, batch: BusBatch) -> None:
        """Confirm *batch* to the bus, and subtract it from the pending clicks.

        If the confirmation fails the batch is read again, and its clicks are
        duplicates.
        """
        try:
            await self._subscription.done(batch)
        except Exception as error:  # noqa: BLE001  # logged, and counting goes on
            self._reading.log(error)
        hot = self._context.hot
        if hot is None:
            return
        try:
            await hot.settle(_by_code(batch))
        except BackendUnavailable as error:
            _log.debug("ingest.not_settled", cause=type(error.__cause__).__name__)


def _by_code(batch: BusBatch) -> Counter[str]:
    clicks = Counter(click.short_code for click in batch.clicks)
    if batch.settled:
        for click in batch.clicks:
            clicks[click.short_code] += click.delta - 1
    return clicks


def _counted(batch: BusBatch, isolated: Isolated) -> Counted:
    """Return the result of *batch*: its other clicks are duplicates."""
    clicks = _by_code(batch).total() if batch.settled else len(batch.clicks)
    refused = sum(batch.clicks[click.at].delta for click in isolated.refused)
    return Counted(
        clicks=isolated.fresh,
        duplicates=clicks - isolated.fresh - isolated.unknown - refused,
        unknown=isolated.unknown,
        damaged=len(batch.undecodable) + len(isolated.refused),
    )
