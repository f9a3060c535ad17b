"""Reading a topic of dead letters from its beginning to its end. Everything blocks."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, cast

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from waypost.adapters.kafka.connection import CONSUMER, KafkaConnection, silent_logger
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import DeadLetter

_PAGE: Final = 500
_LETTER_ID: Final = re.compile(r"(\d{1,9})-(\d{1,18})", re.ASCII)
_GROUP: Final = "waypost-dead-letters"
"""A consumer has to name a group; this one is never joined, and nothing committed."""
_SLICE_SECONDS: Final = 0.2
_REACH_SECONDS: Final = 3.0
"""Deadline for any broker to list the partitions. It need not know their leaders: an
election gets all the time of a call."""


class Letterbox:
    """A reader of letters. Must be closed."""

    def __init__(
        self, connection: KafkaConnection, topic: str, *, within: float
    ) -> None:
        """Each call takes *within* seconds at most; less if Kafka cannot be reached.

        Raises:
            BackendUnavailable: Kafka's library refuses to start.
        """
        self._topic = topic
        self._within = within
        self._unread: set[int] = set()
        configuration = {
            **CONSUMER,
            **connection.configuration,
            "group.id": _GROUP,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
        }
        try:
            self._consumer = Consumer(configuration, logger=silent_logger())
        except KafkaException as error:  # its file of certificates is gone
            raise BackendUnavailable from error

    def rewind(self) -> None:
        """Begin at the oldest letter of each partition.

        Raises:
            BackendUnavailable: Kafka does not answer.
        """
        self._unread = self._partitions()
        beginnings = [
            TopicPartition(self._topic, partition, self._oldest(partition))
            for partition in sorted(self._unread)
        ]
        self._consumer.assign(beginnings)

    def page(self) -> list[DeadLetter]:
        """Return the next letters; none: all that existed at the beginning are read.

        Raises:
            BackendUnavailable: Kafka does not answer.
        """
        deadline = time.monotonic() + self._within
        while self._unread:
            letters = self._consume(_PAGE)
            if letters:
                return letters
            if time.monotonic() >= deadline:
                raise BackendUnavailable
        return []

    def letter(self, letter_id: str) -> DeadLetter | None:
        """Return the letter with this id, or None: there is none.

        Raises:
            BackendUnavailable: Kafka does not answer.
        """
        place = _LETTER_ID.fullmatch(letter_id)
        if place is None or int(place[1]) not in self._partitions():
            return None
        partition, offset = int(place[1]), int(place[2])
        self._unread = {partition}
        self._consumer.assign([TopicPartition(self._topic, partition, offset)])
        deadline = time.monotonic() + self._within
        while self._unread:
            letters = self._consume(1)
            if letters:
                return letters[0] if letters[0].id == letter_id else None
            if time.monotonic() >= deadline:
                raise BackendUnavailable
        return None

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def _partitions(self) -> set[int]:
        timeout = min(self._within, _REACH_SECONDS)
        try:
            found = self._consumer.list_topics(self._topic, timeout=timeout)
        except KafkaException as error:
            raise BackendUnavailable from error
        topic = found.topics[self._topic]
        return set() if topic.error else set(topic.partitions)

    def _oldest(self, partition: int) -> int:
        try:
            oldest, _ = self._consumer.get_watermark_offsets(
                TopicPartition(self._topic, partition), timeout=self._within
            )
        except KafkaException as error:
            raise BackendUnavailable from error
        return oldest

    def _consume(self, limit: int) -> list[DeadLetter]:
        letters = []
        for message in self._consumer.consume(limit, _SLICE_SECONDS):
            error = message.error()
            if error is None:
                letters.append(_read(message))
            elif error.code() in _ENDS:
                self._unread.discard(message.partition() or 0)
        return letters


# An offset behind the last letter, or an id that never existed.
_ENDS: Final = frozenset(
    {
        KafkaError._PARTITION_EOF,  # noqa: SLF001 - the library's public names
        KafkaError._AUTO_OFFSET_RESET,  # noqa: SLF001 - as above
        KafkaError.OFFSET_OUT_OF_RANGE,
    }
)


def _read(message: Message) -> DeadLetter:
    headers = dict(cast(Sequence[tuple[str, bytes | None]], message.headers() or []))
    _, milliseconds = message.timestamp()
    attempts = _text(headers.get("attempts"))
    return DeadLetter(
        id=f"{message.partition()}-{message.offset()}",
        content=message.value() or b"",
        reason=_text(headers.get("reason")),
        attempts=int(attempts) if attempts.isdecimal() else 0,
        key=message.key() or b"",
        origin=_text(headers.get("origin")),
        kept_at=datetime.fromtimestamp(max(0, milliseconds) / 1_000, UTC),
    )


def _text(header: bytes | None) -> str:
    return (header or b"").decode(errors="replace")
