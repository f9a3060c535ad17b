"""The reader `bus` of a journal: it publishes clicks in order, without losing one.

    read a batch → publish it → set damage aside → save the position → report

If any step fails, the batch is read and published again: its clicks'
identities let each of them count once (`docs/adr/0015-forwarder.md`).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec
import structlog

from waypost.domain.clicks import JournaledClick, JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.hot_links import HotLinks
from waypost.ports.journal import JournaledBatch, JournalFeed, ReaderPositions
from waypost.services.clicks.failover import Failover
from waypost.services.journal_loop import JournalLoop

_log = structlog.get_logger()


class Forwarded(msgspec.Struct, frozen=True, kw_only=True):
    """The position of forwarding, and the result of the last batch."""

    position: JournalPosition | None
    """Where the next batch begins; all before it is on the bus. None: nothing yet."""
    lag_seconds: float
    """Age of the oldest click of the batch when the bus had confirmed it; while no
    route works: the time since then."""
    clicks: int = 0
    """How many clicks the bus has confirmed."""
    route: str = ""
    """By which route; empty: none was needed."""
    damaged: int = 0
    """Places that could not be read and were set aside."""
    failed: bool = False
    """Whether the batch is yet to be published again."""
    more: bool = False
    """Whether the journal is known to hold more."""
    journal: str = ""
    """The journal in which the position lies; empty: nothing was read."""
    followed: JournalPosition | None = None
    """Up to where all is in Kafka, also what went by Redis. None: not known yet, or
    nothing needs it."""


class Followed(NamedTuple):
    """What came of following."""

    position: JournalPosition | None
    """Up to where all is in Kafka."""
    more: bool
    """Whether there is more to publish now."""


class Trail(Protocol):
    """Has in Kafka what went by Redis, once Kafka is back."""

    async def begin(self) -> None:
        """Find where to go on. Raises BackendUnavailable."""
        ...

    async def follow(self, began: JournalPosition | None, done: Forwarded) -> Followed:
        """Take what was forwarded from *began* on. Never raises BackendUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardContext:
    """What forwarding works with, for as long as the process lives."""

    feed: JournalFeed
    positions: ReaderPositions
    routes: Failover
    hot: HotLinks | None
    """Gets the codes of what is published; None: there is no Redis."""
    trail: Trail | None = None
    """None: no process reads clicks from Kafka alone."""


async def forward_batch(
    position: JournalPosition | None,
    *,
    context: ForwardContext,
    published: Callable[[Sequence[JournaledClick]], Awaitable[None]],
    limit: int,
) -> Forwarded:
    """Publish up to *limit* clicks from *position* on, and remember where they end.

    *published* gets the clicks that are on the bus. It is not a failure if the position
    cannot be saved: an old one repeats clicks, which are recognised. On a full disk
    forwarding must go on, because it makes room.

    Raises:
        BackendUnavailable: Not all of them may be on the bus. Forward them again.
    """
    batch = await context.feed.read(position, limit=limit)
    route = await context.routes.publish(batch.clicks) if batch.clicks else ""
    for damaged in batch.damaged:
        await context.feed.set_aside(damaged)
    if batch.journal:
        await _save(batch, positions=context.positions)
    if batch.clicks:
        await published(batch.clicks)
    return Forwarded(
        position=batch.position,
        lag_seconds=_age(batch.clicks),
        clicks=len(batch.clicks),
        route=route,
        damaged=len(batch.damaged),
        more=batch.more,
        journal=batch.journal,
    )


async def _save(batch: JournaledBatch, *, positions: ReaderPositions) -> None:
    try:
        await positions.save(batch.journal, batch.position)
    except BackendUnavailable as error:
        _log.debug("forward.position_not_saved", cause=type(error.__cause__).__name__)


async def _add(hot: HotLinks, clicks: Sequence[JournaledClick]) -> None:
    """Add *clicks* to the hot links, an estimate: a failure costs no click."""
    try:
        await hot.add(Counter(journaled.click.code for journaled in clicks))
    except BackendUnavailable as error:
        _log.debug("forward.hot_links_missed", cause=type(error.__cause__).__name__)


def _age(clicks: Sequence[JournaledClick]) -> float:
    """Return how many seconds ago the oldest of *clicks* happened."""
    if not clicks:
        return 0.0
    return max(0.0, (time.time_ns() - clicks[0].click.time_ns) / 1e9)


class ForwardLoop:
    """Forwards a journal for as long as it runs."""

    def __init__(
        self,
        context: ForwardContext,
        *,
        report: Callable[[Forwarded], None],
        interval: float,
        limit: int,
    ) -> None:
        """Look for clicks every *interval* seconds; *report* gets what was done."""
        self._context = context
        self._limit = limit
        self._adding: asyncio.Task[None] | None = None
        self._loop = JournalLoop(
            "forward.failed",
            step=self._forward,
            failed=_failed,
            report=report,
            interval=interval,
        )

    def stop(self) -> None:
        """Make `run` return once it has found nothing more, or has failed."""
        self._loop.stop()

    async def run(self) -> None:
        """Forward clicks, until `stop`."""
        context = self._context
        if context.trail is not None:
            await context.trail.begin()
        await self._loop.run(await context.feed.begin(context.positions.load))
        await self._added()

    async def _forward(self, position: JournalPosition | None) -> Forwarded:
        done = await forward_batch(
            position,
            context=self._context,
            published=self._add_to_hot,
            limit=self._limit,
        )
        if self._context.trail is None:
            return done
        followed = await self._context.trail.follow(position, done)
        return msgspec.structs.replace(
            done, followed=followed.position, more=done.more or followed.more
        )

    async def _add_to_hot(self, clicks: Sequence[JournaledClick]) -> None:
        """Add *clicks* to the hot links while the next batch is read and published."""
        if self._context.hot is not None:
            await self._added()
            self._adding = asyncio.create_task(_add(self._context.hot, clicks))

    async def _added(self) -> None:
        """Return once the clicks before are added, or raise once what went wrong."""
        adding, self._adding = self._adding, None
        if adding is not None:
            await adding


def _failed(position: JournalPosition | None, seconds: float) -> Forwarded:
    return Forwarded(position=position, lag_seconds=seconds, failed=True)
