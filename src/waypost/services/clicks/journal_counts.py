"""Counting what a journal holds: the next batch of it, or all of it."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from waypost.domain.clicks import JournalPosition
from waypost.ports.journal import ClickBatch, ClickSource
from waypost.ports.storage import Storage
from waypost.services.clicks.count import Counted, count_clicks, log_counted
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import RecordedClick

__all__ = ["Counted", "Progress", "count_batch", "counted_position", "replay"]

_SLICE_CLICKS = 500
"""Clicks sorted in one turn of the event loop, which takes about 0.1 ms."""


class Progress(NamedTuple):
    """A batch that is done."""

    counted: Counted
    position: JournalPosition
    """Where the next batch begins."""
    finished: bool
    """Whether the source held nothing more."""
    newest_ns: int | None
    """When its newest click was recorded, since 1970 in UTC; None: it has no click."""


async def count_batch(
    position: JournalPosition | None,
    *,
    source: ClickSource,
    storage: Storage,
    metrics: Metrics,
    limit: int,
) -> Progress:
    """Count up to *limit* clicks from *position* on, and release what is counted.

    A *position* that is too old does no harm; one that is too new loses clicks.

    Raises:
        BackendUnavailable: Nothing was counted, or it will be recognised.
    """
    began = time.perf_counter()
    progress = await _count_sums(position, source=source, storage=storage)
    if progress is None:
        batch = await source.read(position, limit=limit)
        progress = await _count(
            batch,
            source=source,
            storage=storage,
            positions={batch.journal: batch.position},
        )
    await source.release(progress.position)
    _measure(progress, metrics=metrics, began=began)
    return progress


async def replay(
    *,
    source: ClickSource,
    storage: Storage,
    metrics: Metrics,
    limit: int,
    progress: Callable[[Counted], None],
) -> Counted:
    """Count every click of *source* that has not been counted yet.

    The stored position stays and nothing is released. *progress* gets the sum after
    every batch.

    Raises:
        BackendUnavailable: What was counted until then stays counted.
    """
    total = Counted()
    position = None
    finished = False
    while not finished:
        began = time.perf_counter()
        batch = await source.read(position, limit=limit)
        done = await _count(batch, source=source, storage=storage, positions={})
        _measure(done, metrics=metrics, began=began)
        total += done.counted
        progress(total)
        position, finished = done.position, done.finished
    return total


async def counted_position(journal: str, *, storage: Storage) -> JournalPosition | None:
    """Return up to where *journal* has been counted; None: it is not known.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    async with storage.transaction() as transaction:
        return await transaction.clicks.position(journal)


async def _count_sums(
    position: JournalPosition | None, *, source: ClickSource, storage: Storage
) -> Progress | None:
    """Count the clicks that the source has added up already.

    None: there are none, or some may be counted already; only reading them can show
    which.
    """
    sums = source.take(position)
    if sums is None:
        return None
    async with storage.transaction() as transaction:
        held = await transaction.clicks.hold({sums.journal: sums.lanes})
        lanes = held[sums.journal]
        if any(lanes[lane].last >= span.first for lane, span in sums.lanes.items()):
            return None
        unknown = await transaction.clicks.add(
            clicks=sums.clicks,
            counted={
                sums.journal: {
                    lane: lanes[lane].adding_range(span)
                    for lane, span in sums.lanes.items()
                }
            },
            positions={sums.journal: sums.position},
        )
    left_out = sum(sums.clicks[link_id] for link_id in unknown)
    counted = Counted(clicks=sum(sums.clicks.values()) - left_out, unknown=left_out)
    return Progress(counted, sums.position, not sums.more, sums.newest_ns)


async def _count(
    batch: ClickBatch,
    *,
    source: ClickSource,
    storage: Storage,
    positions: Mapping[str, JournalPosition],
) -> Progress:
    if not batch.clicks and not batch.damaged:
        return Progress(Counted(), batch.position, not batch.more, None)
    for damaged in batch.damaged:
        await source.set_aside(damaged)
    lanes = await _by_lane(batch.clicks)
    fresh, unknown = await count_clicks(
        {batch.journal: lanes}, storage=storage, positions=positions
    )
    counted = Counted(
        clicks=fresh,
        duplicates=len(batch.clicks) - fresh - unknown,
        unknown=unknown,
        damaged=len(batch.damaged),
    )
    newest_ns = batch.clicks[-1].click.time_ns if batch.clicks else None
    return Progress(counted, batch.position, not batch.more, newest_ns)


async def _by_lane(clicks: Sequence[RecordedClick]) -> dict[int, dict[int, int]]:
    """Return link ids by lane and sequence, each identity once."""
    lanes: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for start in range(0, len(clicks), _SLICE_CLICKS):
        for recorded in clicks[start : start + _SLICE_CLICKS]:
            lanes[recorded.lane][recorded.sequence] = recorded.click.link_id
        await asyncio.sleep(0)
    return lanes


def _measure(progress: Progress, *, metrics: Metrics, began: float) -> None:
    if progress.newest_ns is not None:
        log_counted(
            progress.counted,
            route="journal",
            newest_ns=progress.newest_ns,
            began=began,
            metrics=metrics,
        )
