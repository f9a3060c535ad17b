"""The reading side of the bus: batches of clicks from Kafka, as a consumer group.

    read ─▶ this subscription's thread ─▶ consume ─▶ decode ─▶ batch and receipt
    done ─▶ the same thread ─▶ ledger: what is done without gaps ─▶ commit

While a batch takes long to be counted or stored, the thread still polls for the group,
so that other members need not wait for this one. When partitions move, a batch may be
counted by two members; the identities of its clicks make that harmless.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection
from contextlib import suppress
from typing import Final, Generic, Protocol, TypeVar, cast

import structlog
from confluent_kafka import Message

from waypost.adapters.kafka.call_thread import CallThread
from waypost.adapters.kafka.connection import CONSUMER, KafkaConnection
from waypost.adapters.kafka.consuming.decoding import (
    decode,
    decode_whole,
    record_of,
    spans_of,
)
from waypost.adapters.kafka.consuming.member import GroupMember, MemberTimes
from waypost.adapters.kafka.consuming.offsets import Receipt
from waypost.adapters.kafka.partition_names import PartitionNames
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import BusBatch, WholeBatch
from waypost.telemetry.metrics import Metrics

ATTEND_SECONDS: Final = 1.0
"""How often the group is polled while nothing is read."""
CLOSE_SECONDS: Final = 5.0
"""How long leaving the group may take."""
TIMES: Final = MemberTimes()

_log = structlog.get_logger()


class _Batch(Protocol):
    @property
    def receipt(self) -> object: ...


B = TypeVar("B", bound=_Batch)


class _Subscription(ABC, Generic[B]):
    """Records of a topic, shared with the other members of a group."""

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        topic: str,
        group: str,
        metrics: Metrics,
        times: MemberTimes = TIMES,
    ) -> None:
        """Join *group* with the first `read`."""
        configuration = {
            **CONSUMER,
            **connection.configuration,
            "group.id": group,
            "partition.assignment.strategy": "cooperative-sticky",
        }
        self._connection = connection
        self._topic = topic
        self._member = GroupMember(
            configuration, topic=topic, metrics=metrics, times=times
        )
        self._thread = CallThread("kafka-consumer")
        self._attendance: asyncio.Task[None] | None = None
        self._is_reading = False
        self._came: list[Message] = []
        self._ready: B | None = None

    async def read(self, *, limit: int, within: float) -> B:
        """Return up to *limit* clicks, after *within* seconds at the latest.

        A cancelled caller gets the same batch when it reads again.

        Raises:
            BackendUnavailable: Kafka does not answer.
        """
        if self._attendance is None:
            self._attendance = asyncio.create_task(self._attend())
        self._is_reading = True
        try:
            await self._thread.call(lambda: self._make_ready(limit, within))
        finally:
            self._is_reading = False
        batch, self._ready = self._ready, None
        assert batch is not None, "it was made ready a moment ago"
        return batch

    async def done(self, batch: B) -> None:
        """Report that *batch* is counted; the offset is committed in the background."""
        receipt = cast(Receipt, batch.receipt)
        await self._thread.call(lambda: self._member.done(receipt))

    def places(self) -> Collection[str]:
        """Return the names of the partitions that this member has."""
        return [f"{self._topic}/{at}" for at in self._member.partitions]

    async def ping(self) -> None:
        """Check that Kafka answers.

        Raises:
            BackendUnavailable: It does not.
        """
        await self._thread.call(self._member.probe)

    async def aclose(self) -> None:
        """Leave the group, so that others have the partitions at once."""
        if self._attendance is not None:
            self._attendance.cancel()
            with suppress(asyncio.CancelledError):
                await self._attendance
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._thread.call(self._member.leave)
        except TimeoutError:
            _log.warning("kafka.leaving_unfinished", seconds=CLOSE_SECONDS)
        self._thread.end()

    async def _attend(self) -> None:
        """Keep the membership of the group alive while nothing is read."""
        while True:
            await asyncio.sleep(ATTEND_SECONDS)
            if not self._is_reading:
                with suppress(BackendUnavailable):
                    await self._thread.call(self._look_in)

    def _look_in(self) -> None:
        # At most one record each time: Kafka has no call that only serves the group.
        self._came += self._member.poll(1, 0.0)

    def _make_ready(self, limit: int, within: float) -> None:
        if self._ready is not None:
            return
        room = limit - len(self._came)
        if room > 0:
            self._came += self._member.poll(room, 0.0 if self._came else within)
        self._ready = self._decoded(self._came[:limit])
        del self._came[:limit]

    @abstractmethod
    def _decoded(self, messages: list[Message]) -> B:
        """Return the batch of *messages*."""


class KafkaSubscription(_Subscription[BusBatch]):
    """A `ClickSubscription`: what counting needs. Must be closed with `aclose`."""

    def _decoded(self, messages: list[Message]) -> BusBatch:
        names = PartitionNames(self._connection, topic=self._topic)
        decoded = decode(messages, place=names.of)
        return BusBatch(
            clicks=decoded.clicks,
            undecodable=decoded.undecodable,
            receipt=self._member.took(decoded.spans),
            original=lambda index: record_of(decoded.records[index]),
            settled=decoded.settled,
        )


class KafkaWholeSubscription(_Subscription[WholeBatch]):
    """A `WholeSubscription`: all data. Must be closed with `aclose`."""

    def _decoded(self, messages: list[Message]) -> WholeBatch:
        clicks, undecodable = decode_whole(messages)
        return WholeBatch(clicks, self._member.took(spans_of(messages)), undecodable)
