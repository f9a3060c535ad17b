"""The edge's side of the bus: clicks go to Kafka in order, and are confirmed.

    publish ─▶ this publisher's thread ─▶ produce all ─▶ flush ─▶ all confirmed
                                            └ else: throw the producer away

Order: a lane has one partition, and a batch is begun when the one before it is
confirmed. A producer that could not confirm all is not used again: a new one has a
new identity with Kafka, and no record of the old one can be sent later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from waypost.adapters.kafka.call_thread import CallThread
from waypost.adapters.kafka.connection import COMMON, KafkaConnection
from waypost.adapters.kafka.refusals import ErrorLog, refusal_among
from waypost.adapters.kafka.topics import count_partitions, ensure_topic
from waypost.domain.clicks import JournaledClick
from waypost.domain.errors import BackendUnavailable
from waypost.wire.click_event import encode_click
from waypost.wire.cloud_events import headers_of, traceparent

_SLICE_SECONDS: Final = 0.1
"""How long the library waits before we check whether we are closing."""

_PROBES: Final = 3
"""How many times `probe_seconds` Kafka has, to answer while it works, and to confirm
a batch after a failure."""

GZIP: Final = "gzip"
"""The compression that every client of Kafka can read."""
_GZIP_LEVEL: Final = 1
"""The default level takes half as long again, for a tenth fewer bytes."""

_PRODUCER: Final[Mapping[str, str | int | bool]] = {
    **COMMON,
    "acks": "all",
    "enable.idempotence": True,
    # Only one batch at a time is in the queue; more would be a mistake, and costs
    # memory.
    "queue.buffering.max.messages": 100_000,
    "queue.buffering.max.kbytes": 65_536,
    # Flushing ends the delay, and nothing is published without it. Until then records
    # gather: Kafka works half as much on a few large requests as on many small ones.
    "linger.ms": 100,
    "delivery.report.only.error": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishTimes:
    """How long a publisher waits for Kafka."""

    budget_seconds: float = 10.0
    """For a batch to be confirmed."""
    probe_seconds: float = 1.0
    """For any answer after a failure. The batch after that has three times as long, and
    so has a batch during which every connection is refused."""
    refresh_seconds: float = 30.0
    """Until it looks again whether the topic has more partitions."""


TIMES: Final = PublishTimes()


class KafkaPublisher:
    """Clicks to a Kafka topic; a `ClickPublisher`. Must be closed with `aclose`.

    All blocking calls run in a thread of its own, one batch after another.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        topic: str,
        partitions: int,
        compression: str = GZIP,
        times: PublishTimes = TIMES,
    ) -> None:
        """Connect when something is published; make *topic* if there is none."""
        self._connection = connection
        self._topic = topic
        self._new_topic_partitions = partitions
        self._compression = {"compression.type": compression} | (
            {"compression.level": _GZIP_LEVEL} if compression == GZIP else {}
        )
        self._times = times
        self._thread = CallThread("kafka-publisher")
        self._producer: Producer | None = None
        self._partitions = 0
        self._refresh_at = 0.0
        self._is_well = True
        self._errors: list[KafkaError] = []
        self._error_log = ErrorLog()
        self._is_unreachable = False
        self._is_closing = False

    async def publish(self, clicks: Sequence[JournaledClick]) -> None:
        """Return once Kafka has confirmed all *clicks*.

        Raises:
            BackendUnavailable: It has not confirmed some in time. They may be there.
        """
        assert not self._is_closing, "it is closed"
        if clicks:
            await self._thread.call(lambda: self._publish(clicks))

    async def aclose(self) -> None:
        """Give up what is under way, and disconnect."""
        if not self._is_closing:
            self._is_closing = True
            await self._thread.call(self._discard)
            self._thread.end()

    def _publish(self, clicks: Sequence[JournaledClick]) -> None:
        quick, longer = self._times.probe_seconds, self._times.probe_seconds * _PROBES
        try:
            producer = self._connected(within=longer if self._is_well else quick)
            budget = self._times.budget_seconds if self._is_well else longer
            deadline = monotonic() + budget
            self._produce(producer, clicks, deadline=deadline)
            self._flush(producer, deadline=deadline)
        except (KafkaException, BufferError, TimeoutError) as error:
            self._is_well = False
            self._discard()
            raise BackendUnavailable from error
        self._is_well = True

    def _connected(self, *, within: float) -> Producer:
        """Return a producer that knows the topic's partitions. Raises KafkaException.

        This is also the cheapest check whether Kafka is back.
        """
        if self._producer is None:
            self._errors.clear()
            self._producer = self._new_producer()
            self._refresh_at = 0.0
            ensure_topic(
                self._connection,
                self._topic,
                partitions=self._new_topic_partitions,
                within=within,
            )
        if monotonic() >= self._refresh_at:
            self._partitions = count_partitions(
                self._producer, self._topic, within=within
            )
            self._refresh_at = monotonic() + self._times.refresh_seconds
        return self._producer

    def _new_producer(self) -> Producer:
        milliseconds = int(self._times.budget_seconds * 1_000)
        return Producer(
            {
                **_PRODUCER,
                **self._compression,
                **self._connection.configuration,
                "message.timeout.ms": milliseconds,
                "request.timeout.ms": milliseconds,
                "on_delivery": self._on_failure,
                "error_cb": self._on_error,
            }
        )

    def _produce(
        self, producer: Producer, clicks: Sequence[JournaledClick], *, deadline: float
    ) -> None:
        """Queue *clicks*. Raises as `_flush`, or BufferError: one is too long."""
        headers = headers_of(journal=clicks[0].journal, trace=traceparent())
        topic, partitions, produce = self._topic, self._partitions, producer.produce
        for journaled in clicks:
            value = encode_click(journaled)
            key = journaled.click.code
            partition = journaled.lane % partitions
            attributes = headers(journaled)
            try:
                produce(topic, value, key, partition, headers=attributes)
            except BufferError:
                self._flush(producer, deadline=deadline)
                produce(topic, value, key, partition, headers=attributes)

    def _flush(self, producer: Producer, *, deadline: float) -> None:
        """Return once all is confirmed. Raises KafkaException or TimeoutError."""
        self._is_unreachable = False
        give_up_at = monotonic() + self._times.probe_seconds * _PROBES
        while producer.flush(_SLICE_SECONDS) and not self._errors:
            until = min(deadline, give_up_at) if self._is_unreachable else deadline
            if self._is_closing or monotonic() >= until:
                raise TimeoutError("not all records are confirmed")
        if self._errors:
            raise KafkaException(self._errors[0])

    def _on_failure(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and not self._errors:
            self._errors.append(error)

    def _on_error(self, error: KafkaError) -> None:
        """Handle an error that comes neither as an exception nor as a delivery report.

        The library calls this while a batch is flushed, or while the producer is
        closed.
        """
        if error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - public name
            self._is_unreachable = True
        elif refusal_among([error]):
            self._error_log.log(error)

    def _discard(self) -> None:
        """Drop the producer with all that it has not sent."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
            producer.close()
