"""From Kafka's records to clicks, and the offsets of the records."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from waypost.adapters.kafka.consuming.offsets import Span
from waypost.domain.clicks import LANES, JournaledClick
from waypost.ports.bus import Undecodable
from waypost.wire.click_event import (
    UNKNOWN_LINK,
    BareClick,
    BusClick,
    decode_bare,
    decode_click,
    decode_whole_click,
)


class Decoded(NamedTuple):
    """The content of a batch of records."""

    clicks: list[BusClick]
    records: list[Message]
    """Those of `clicks`, in the same order."""
    undecodable: list[Undecodable]
    spans: dict[int, Span]
    settled: dict[str, int]
    """As in `ports.bus.BusBatch`: what is before the spans is counted."""


def decode(messages: Sequence[Message], *, place: Callable[[int], str]) -> Decoded:
    """Decode *messages*, which are in order within a partition.

    *place* is called for partitions with clicks of other programs, and names them.
    """
    clicks: list[BusClick] = []
    records: list[Message] = []
    undecodable: list[Undecodable] = []
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    settled: dict[str, int] = {}
    for message in messages:
        partition, offset = message.partition(), message.offset()
        assert partition is not None, "a record that was read has a partition"
        assert offset is not None, "a record that was read has an offset"
        first.setdefault(partition, offset)
        last[partition] = offset
        try:
            clicks.append(decode_click(message.value() or b""))
        except ValueError as error:
            bare = decode_bare(message.value() or b"")
            if bare is None:
                undecodable.append(record_of(message, reason=str(error)))
                continue
            name = place(partition)
            settled[name] = first[partition]
            clicks.append(_placed(bare, name, message))
            records.append(message)
        except Exception as error:  # noqa: BLE001 - one record must not stop the rest
            reason = f"Decoding failed: {type(error).__name__}"
            undecodable.append(record_of(message, reason=reason))
        else:
            records.append(message)
    spans = {at: Span(first[at], last[at] + 1) for at in first}
    return Decoded(clicks, records, undecodable, spans, settled)


def decode_whole(messages: Sequence[Message]) -> tuple[list[JournaledClick], int]:
    """Return the whole clicks among *messages*, and how many records are none."""
    clicks: list[JournaledClick] = []
    undecodable = 0
    for message in messages:
        content = message.value() or b""
        try:
            clicks.append(decode_whole_click(content))
        except ValueError:
            undecodable += decode_bare(content) is None
    return clicks, undecodable


def spans_of(messages: Sequence[Message]) -> dict[int, Span]:
    """Return the offsets of *messages*, which are in order within a partition."""
    last = {message.partition(): message.offset() for message in messages}
    first = {message.partition(): message.offset() for message in reversed(messages)}
    return {
        at: Span(_known(first[at]), _known(last[at]) + 1) for at in map(_known, last)
    }


def _known(number: int | None) -> int:
    assert number is not None, "a record that was read has a partition and an offset"
    return number


def _placed(bare: BareClick, name: str, message: Message) -> BusClick:
    """Return the click of another program, identified by its place.

    Sequences begin at 1.
    """
    partition, offset = message.partition(), message.offset()
    assert partition is not None, "a record that was read has a partition"
    assert offset is not None, "a record that was read has an offset"
    kind, milliseconds = message.timestamp()
    is_dated = kind != TIMESTAMP_NOT_AVAILABLE
    return BusClick(
        journal=name,
        lane=partition % LANES,
        sequence=offset + 1,
        link_id=UNKNOWN_LINK,
        short_code=bare.short_code,
        time_ns=milliseconds * 1_000_000 if is_dated else time.time_ns(),
        delta=bare.delta,
    )


def record_of(message: Message, *, reason: str = "") -> Undecodable:
    """Return the part of *message* that a dead letter keeps."""
    return Undecodable(
        content=message.value() or b"",
        reason=reason,
        key=message.key() or b"",
        origin=f"{message.topic()}/{message.partition()}/{message.offset()}",
    )
