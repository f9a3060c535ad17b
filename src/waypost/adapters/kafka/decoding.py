"""From Kafka's records to clicks, and where the records stood."""

from collections.abc import Sequence
from typing import NamedTuple

from confluent_kafka import Message

from waypost.adapters.kafka.offsets import Span
from waypost.ports.bus import BusClick, Undecodable
from waypost.services.click_events import decode_click


class Decoded(NamedTuple):
    """What some records are."""

    clicks: list[BusClick]
    records: list[Message]
    """Those of `clicks`, in the same order."""
    undecodable: list[Undecodable]
    spans: dict[int, Span]


def decode(messages: Sequence[Message]) -> Decoded:
    """Return what *messages* are; they are in order within a partition."""
    clicks: list[BusClick] = []
    records: list[Message] = []
    undecodable: list[Undecodable] = []
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for message in messages:
        partition, offset = message.partition(), message.offset()
        assert partition is not None, "a record that was read has a place"
        assert offset is not None, "a record that was read has a place"
        first.setdefault(partition, offset)
        last[partition] = offset
        try:
            clicks.append(decode_click(message.value() or b""))
        except ValueError as error:
            undecodable.append(record_of(message, reason=str(error)))
        except Exception as error:  # noqa: BLE001 - one record must not stop the rest
            reason = f"Decoding failed: {type(error).__name__}"
            undecodable.append(record_of(message, reason=reason))
        else:
            records.append(message)
    spans = {at: Span(first[at], last[at] + 1) for at in first}
    return Decoded(clicks, records, undecodable, spans)


def record_of(message: Message, *, reason: str = "") -> Undecodable:
    """Return what is kept of *message*."""
    return Undecodable(
        content=message.value() or b"",
        reason=reason,
        key=message.key() or b"",
        origin=f"{message.topic()}/{message.partition()}/{message.offset()}",
    )
