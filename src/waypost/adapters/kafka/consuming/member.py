"""A member of a consumer group, as its own thread sees it: everything here blocks.

Offsets are committed in the background: a commit that was requested and failed is
requested again with the next poll, and for the last time when the group is left.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from waypost.adapters.kafka.connection import silent_logger
from waypost.adapters.kafka.consuming.offsets import OffsetLedger, Receipt, Span
from waypost.adapters.kafka.refusals import ErrorLog
from waypost.domain.errors import BackendUnavailable
from waypost.telemetry.metrics import Metrics

OBSERVE_SECONDS: Final = 2.0
"""How often the lag is measured."""
PROBE_SECONDS: Final = 1.0
"""Deadline of every request to Kafka."""
LONGEST_REJOIN_SECONDS: Final = 300.0

# The consumer recovers by itself: it joins again, or waits for the topic to exist.
_PASSING: Final = frozenset(
    {
        KafkaError._MAX_POLL_EXCEEDED,  # noqa: SLF001 - the library's public names
        KafkaError._PARTITION_EOF,  # noqa: SLF001 - as above
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001 - as above
        KafkaError.UNKNOWN_TOPIC_OR_PART,
    }
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTimes:
    """How soon changes of a group and of its topic have an effect."""

    session_seconds: float = 8.0
    """A member that sends no heartbeat for so long loses its partitions."""
    absence_seconds: float = 60.0
    """A member that does not poll for so long loses its partitions."""
    refresh_seconds: float = 10.0
    """New partitions are found within this time."""
    rejoin_seconds: float = 15.0
    """A member that has no partition for so long joins once more."""

    @property
    def configuration(self) -> Mapping[str, int]:
        """What the library is configured with for the first three."""
        return {
            "session.timeout.ms": int(self.session_seconds * 1_000),
            "heartbeat.interval.ms": int(self.session_seconds * 250),
            "max.poll.interval.ms": int(self.absence_seconds * 1_000),
            "topic.metadata.refresh.interval.ms": int(self.refresh_seconds * 1_000),
            "metadata.max.age.ms": int(self.refresh_seconds * 3_000),
        }


class GroupMember:
    """Consumes a topic together with the other members of its group."""

    def __init__(
        self,
        configuration: Mapping[str, str | int | bool],
        *,
        topic: str,
        metrics: Metrics,
        times: MemberTimes,
    ) -> None:
        """Join with the first `poll`.

        A member that gets no partition joins once more, and then less and less often:
        there may be none to spare, but a group that formed while Kafka did not know
        its topic yet assigns nothing until a member joins.
        """
        self._configuration = {**configuration, **times.configuration}
        self._topic = topic
        self._metrics = metrics
        self._consumer: Consumer | None = None
        self._ledger = OffsetLedger()
        self._asked: dict[int, int] = {}
        self._is_suspect = False
        self._rejoin = _Rejoining(times.rejoin_seconds)
        self._observe_at = 0.0
        self._error_log = ErrorLog()

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions that this member has. For any thread."""
        return frozenset(self._ledger.assigned)

    def poll(self, limit: int, within: float) -> list[Message]:
        """Return up to *limit* records, after *within* seconds at the latest.

        Raises:
            BackendUnavailable: Kafka does not answer. No record was taken.
        """
        consumer = self._joined()
        self._commit(consumer)
        messages = _consumed(consumer, limit, within)
        errors = [error for message in messages if (error := message.error())]
        if errors:
            messages = [message for message in messages if not message.error()]
            self._handle_errors(errors)
        if time.monotonic() >= self._observe_at:
            self._observe(consumer)
        if not messages and (errors or self._is_suspect):
            self.probe()
        elif self._rejoin.is_due(has_partitions=bool(self._ledger.assigned)):
            _log.info("kafka.rejoining", topic=self._topic)
            consumer.unsubscribe()
            self._subscribe(consumer)
        return messages

    def took(self, spans: dict[int, Span]) -> Receipt:
        """Return the receipt of a batch that consists of *spans*."""
        return self._ledger.took(spans)

    def done(self, receipt: Receipt) -> None:
        """Commit the batch of *receipt*, if its partitions are still ours."""
        self._ledger.done(receipt)
        if self._consumer is not None:
            self._commit(self._consumer)

    def probe(self) -> None:
        """Check that Kafka answers.

        Raises:
            BackendUnavailable: It does not.
        """
        try:
            self._joined().list_topics(self._topic, timeout=PROBE_SECONDS)
        except KafkaException as error:
            raise BackendUnavailable from error
        self._is_suspect = False

    def leave(self) -> None:
        """Commit what is done, and release the partitions to other members at once."""
        consumer, self._consumer = self._consumer, None
        if consumer is None:
            return
        offsets = self._places(self._ledger.owed())
        if offsets:
            with suppress(KafkaException):  # what is not committed is read again
                consumer.commit(offsets=offsets, asynchronous=False)
        consumer.close()
        self._metrics.kafka_partitions.set(0)
        self._metrics.kafka_lag.set(0)

    def _joined(self) -> Consumer:
        if self._consumer is None:
            configuration = {
                **self._configuration,
                "error_cb": self._on_error,
                "on_commit": self._on_commit,
            }
            try:
                self._consumer = Consumer(configuration, logger=silent_logger())
            except KafkaException as error:  # its file of certificates is gone
                raise BackendUnavailable from error
            self._subscribe(self._consumer)
        return self._consumer

    def _subscribe(self, consumer: Consumer) -> None:
        consumer.subscribe(
            [self._topic],
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_lost,
        )

    def _commit(self, consumer: Consumer) -> None:
        """Request the commits that are due and not requested yet."""
        owed = self._ledger.owed()
        new = {
            at: offset for at, offset in owed.items() if self._asked.get(at) != offset
        }
        if not new:
            return
        self._asked.update(new)
        try:
            consumer.commit(offsets=self._places(new), asynchronous=True)
        except KafkaException as error:
            self._on_commit(error.args[0], self._places(new))

    def _places(self, offsets: Mapping[int, int]) -> list[TopicPartition]:
        return [
            TopicPartition(self._topic, at, offset) for at, offset in offsets.items()
        ]

    def _handle_errors(self, errors: list[KafkaError]) -> None:
        """Log the errors that came instead of records, and react to them."""
        for error in errors:
            self._error_log.log(error)
            if error.fatal():
                # This consumer cannot be used any more; its successor can.
                self._consumer = None
                self._ledger.revoke(set(self._ledger.assigned))
                self._asked.clear()
        passing = all(error.code() in _PASSING for error in errors)
        self._is_suspect = self._is_suspect or not passing

    def _observe(self, consumer: Consumer) -> None:
        """Measure how far behind we are, from the latest fetches."""
        self._observe_at = time.monotonic() + OBSERVE_SECONDS
        behind = 0
        for partition in self._ledger.assigned:
            with suppress(KafkaException):  # it moves to another member
                _, end = consumer.get_watermark_offsets(
                    TopicPartition(self._topic, partition), cached=True
                )
                behind += self._ledger.behind(partition, end)
        self._metrics.kafka_lag.set(behind)

    def _on_assign(self, _consumer: Consumer, places: list[TopicPartition]) -> None:
        self._ledger.assign({place.partition for place in places})
        self._report_rebalance("assigned", places)

    def _on_revoke(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._commit(consumer)
        self._give_up("revoked", places)

    def _on_lost(self, _consumer: Consumer, places: list[TopicPartition]) -> None:
        self._give_up("lost", places)

    def _give_up(self, how: str, places: list[TopicPartition]) -> None:
        partitions = {place.partition for place in places}
        self._ledger.revoke(partitions)
        for partition in partitions:
            self._asked.pop(partition, None)
        self._report_rebalance(how, places)

    def _report_rebalance(self, how: str, places: list[TopicPartition]) -> None:
        self._metrics.kafka_rebalances.labels(how).inc()
        self._metrics.kafka_partitions.set(len(self._ledger.assigned))
        _log.info(
            "kafka.rebalanced",
            how=how,
            partitions=sorted(place.partition for place in places),
            assigned=len(self._ledger.assigned),
        )

    def _on_commit(
        self, error: KafkaError | None, places: list[TopicPartition]
    ) -> None:
        for place in places:
            if error is None and place.error is None:
                self._ledger.committed(place.partition, place.offset)
            elif self._asked.get(place.partition) == place.offset:
                del self._asked[place.partition]
        if error is not None:
            # A rebalance, or an outage, which is logged elsewhere.
            _log.debug("kafka.commit_failed", kind=error.name())

    def _on_error(self, error: KafkaError) -> None:
        """Log an error that the library reports outside of a call."""
        self._is_suspect = True
        self._error_log.log(error)


class _Rejoining:
    """The times at which a member without partitions joins again."""

    def __init__(self, first_seconds: float) -> None:
        self._first_seconds = self._seconds = first_seconds
        self._at = time.monotonic() + first_seconds

    def is_due(self, *, has_partitions: bool) -> bool:
        """Return whether it is time to join; the next interval is twice as long."""
        if has_partitions:
            self._seconds = self._first_seconds
            self._at = time.monotonic() + self._seconds
            return False
        if time.monotonic() < self._at:
            return False
        self._seconds = min(2 * self._seconds, LONGEST_REJOIN_SECONDS)
        self._at = time.monotonic() + self._seconds
        return True


def _consumed(consumer: Consumer, limit: int, within: float) -> list[Message]:
    try:
        return consumer.consume(limit, within)
    except KafkaException as error:
        raise BackendUnavailable from error
