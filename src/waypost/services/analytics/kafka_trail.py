"""Having every click in Kafka, where reports read them, also those that went by Redis.

    forwarded by Kafka ─▶ the trail is there as well
    forwarded by Redis ─▶ the trail stays, and so does the journal behind it
    Kafka is back      ─▶ batch by batch, until the trail is where forwarding is

Clicks that were counted by way of Redis come again by Kafka; their identity lets them
count once.
"""

import time
from typing import Final

import structlog

from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import ClickPublisher
from waypost.ports.journal import JournaledBatch, JournalFeed, ReaderPositions
from waypost.services.clicks.forward import Followed, Forwarded

_SAVE_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 3.0

_log = structlog.get_logger()


class KafkaTrail:
    """Up to where all clicks of a journal are in Kafka. For one event loop."""

    def __init__(  # what to read and where to publish it
        self,
        *,
        feed: JournalFeed,
        positions: ReaderPositions,
        kafka: ClickPublisher,
        route: str,
        limit: int,
    ) -> None:
        """Catch up *limit* clicks at a time; *route* is the name of that by Kafka."""
        self._feed = feed
        self._positions = positions
        self._kafka = kafka
        self._route = route
        self._limit = limit
        self._position: JournalPosition | None = None
        self._saved_at = self._retry_at = float("-inf")

    async def begin(self) -> None:
        """Find where to go on. Raises BackendUnavailable."""
        self._position = await self._feed.begin(self._positions.load)

    async def follow(self, began: JournalPosition | None, done: Forwarded) -> Followed:
        """Take what was forwarded from *began* on; catch up if Kafka is back."""
        is_by_kafka = done.route in {"", self._route}
        if is_by_kafka and self._position == began:
            await self._move(done.journal, done.position)
        elif is_by_kafka and time.monotonic() >= self._retry_at:
            await self._catch_up(done)
        is_behind = is_by_kafka and self._position != done.position
        can_go_on = time.monotonic() >= self._retry_at
        return Followed(self._position, more=is_behind and can_go_on)

    async def _catch_up(self, done: Forwarded) -> None:
        try:
            batch = await self._feed.read(self._position, limit=self._limit)
            if batch.clicks:
                await self._kafka.publish(batch.clicks)
        except BackendUnavailable as error:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            cause = type(error.__cause__ or error).__name__
            _log.debug("forward.trail_waits", cause=cause)
            return
        # What it has read beyond is forwarded again, which does no harm.
        if self._has_reached(batch, done):
            await self._move(done.journal, done.position)
        else:
            await self._move(batch.journal, batch.position)

    @staticmethod
    def _has_reached(batch: JournaledBatch, done: Forwarded) -> bool:
        return not batch.journal or (
            done.position is not None and batch.position >= done.position
        )

    async def _move(self, journal: str, position: JournalPosition | None) -> None:
        """Go on from *position*, and remember it now and then: an old one repeats."""
        self._position = position
        now = time.monotonic()
        if position is None or not journal or now < self._saved_at + _SAVE_SECONDS:
            return
        self._saved_at = now
        try:
            await self._positions.save(journal, position)
        except BackendUnavailable as error:
            cause = type(error.__cause__).__name__
            _log.debug("forward.position_not_saved", cause=cause)
