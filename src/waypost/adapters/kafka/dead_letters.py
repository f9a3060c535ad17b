"""Dead letters: records that cannot be counted, in a topic of their own.

key and value   those of the original record, byte for byte
headers         `reason`, `attempts`, and `origin` (topic/partition/offset) if known

A letter's id is its partition and offset, as in `0-17`. Letters are never deleted:
Kafka keeps them as long as the topic says, and replaying one twice counts it once.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from waypost.adapters.kafka.call_thread import CallThread
from waypost.adapters.kafka.connection import COMMON, KafkaConnection, silent_logger
from waypost.adapters.kafka.letter_box import Letterbox
from waypost.adapters.kafka.topics import count_partitions, ensure_topic
from waypost.domain.clicks import lane_of
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import DeadLetter, Undecodable

SUFFIX: Final = ".dlq"
"""What the topic is called behind the name of the click topic."""

_KEPT_FOR_EVER: Final = {"retention.ms": "-1"}
_BUDGET_SECONDS: Final = 10.0
"""Deadline of every call."""
_ANY_PARTITION: Final = -1


class _Record(NamedTuple):
    topic: str
    value: bytes
    key: bytes
    partition: int
    headers: list[tuple[str, str | bytes | None]]


class KafkaDeadLetters:
    """The dead letters of a click topic, and their way back; a `DeadLetters`.

    Must be closed with `aclose`.
    """

    def __init__(self, connection: KafkaConnection, *, topic: str) -> None:
        """Keep uncountable records of *topic*; the letters' topic is made if needed."""
        self._connection = connection
        self._clicks = topic
        self._topic = topic + SUFFIX
        self._thread = CallThread("kafka-dead-letters")
        self._producer: Producer | None = None
        self._box: Letterbox | None = None

    async def put(self, records: Sequence[Undecodable], *, attempts: int) -> None:
        """Keep *records*, each of which was tried *attempts* times.

        Raises:
            BackendUnavailable: They are not all kept. Some may be.
        """
        await self._thread.call(lambda: self._put(records, attempts))

    async def letters(self) -> AsyncIterator[DeadLetter]:
        """Yield the letters that are kept now, the oldest of a partition first.

        Raises:
            BackendUnavailable: Kafka does not answer.
        """
        box = self._letterbox()
        await self._thread.call(box.rewind)
        while page := await self._thread.call(box.page):
            for letter in page:
                yield letter

    async def letter(self, letter_id: str) -> DeadLetter | None:
        """Return the letter with this id, or None: there is none.

        Raises:
            BackendUnavailable: Kafka does not answer.
        """
        box = self._letterbox()
        return await self._thread.call(lambda: box.letter(letter_id))

    async def replay(self, letters: Sequence[DeadLetter]) -> None:
        """Write the original records of *letters* to the click topic again.

        Raises:
            BackendUnavailable: Not all of them are there. Replay them again.
        """
        await self._thread.call(lambda: self._replay(letters))

    async def aclose(self) -> None:
        """Disconnect."""
        await self._thread.call(self._disconnect)
        self._thread.end()

    def _letterbox(self) -> Letterbox:
        if self._box is None:
            self._box = Letterbox(self._connection, self._topic, within=_BUDGET_SECONDS)
        return self._box

    def _put(self, records: Sequence[Undecodable], attempts: int) -> None:
        try:
            if self._producer is None:
                ensure_topic(
                    self._connection,
                    self._topic,
                    partitions=1,
                    within=_BUDGET_SECONDS,
                    settings=_KEPT_FOR_EVER,
                )
            self._send(_letter(self._topic, one, attempts) for one in records)
        except KafkaException as error:
            raise BackendUnavailable from error

    def _replay(self, letters: Sequence[DeadLetter]) -> None:
        try:
            partitions = count_partitions(
                self._connected(), self._clicks, within=_BUDGET_SECONDS
            )
            self._send(_original(self._clicks, one, partitions) for one in letters)
        except KafkaException as error:
            raise BackendUnavailable from error

    def _send(self, records: Iterable[_Record]) -> None:
        """Return once all *records* are confirmed. Raises KafkaException."""
        producer = self._connected()
        errors: list[KafkaError] = []

        def on_delivery(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                errors.append(error)

        for record in records:
            producer.produce(
                record.topic,
                record.value,
                record.key,
                record.partition,
                on_delivery=on_delivery,
                headers=record.headers,
            )
        if producer.flush(_BUDGET_SECONDS):
            errors.append(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - its name
        if errors:
            self._discard()
            raise KafkaException(errors[0])

    def _connected(self) -> Producer:
        if self._producer is None:
            self._producer = Producer(
                {
                    **COMMON,
                    **self._connection.configuration,
                    "acks": "all",
                    "enable.idempotence": True,
                    "message.timeout.ms": int(_BUDGET_SECONDS * 1_000),
                },
                logger=silent_logger(),
            )
        return self._producer

    def _disconnect(self) -> None:
        self._discard()
        if self._box is not None:
            self._box.close()

    def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
            producer.close()


def _letter(topic: str, record: Undecodable, attempts: int) -> _Record:
    headers: list[tuple[str, str | bytes | None]] = [
        ("reason", record.reason),
        ("attempts", str(attempts)),
    ]
    if record.origin:
        headers.append(("origin", record.origin))
    return _Record(topic, record.content, record.key, _ANY_PARTITION, headers)


def _original(topic: str, letter: DeadLetter, partitions: int) -> _Record:
    """Return the record that *letter* was, for the partition of its code's lane."""
    lane = lane_of(letter.key.decode(errors="replace"))
    return _Record(
        topic,
        letter.content,
        letter.key,
        lane % partitions,
        [("replayed", letter.id)],
    )
