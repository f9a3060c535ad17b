"""What a Kafka topic holds, read back by a consumer of our own."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import uuid4

from confluent_kafka import Consumer, Message, TopicPartition

from tests.unit.journal.samples import sample_click
from waypost.domain.clicks import JournaledClick, lane_of
from waypost.wire.click_event import event_id

JOURNAL = "0123456789abcdef" * 2
READ_SECONDS = 300.0


def new_topic() -> str:
    """Return the name of an unused topic."""
    return f"clicks-{uuid4().hex}"


def clicks_of(numbers: Iterable[int], *, links: int = 20) -> list[JournaledClick]:
    """Return a click for each number, which is its sequence, on one of *links*."""
    clicks = []
    for number in numbers:
        click = sample_click(number % links + 1)
        lane = lane_of(click.code)
        clicks.append(JournaledClick(JOURNAL, lane, number + 1, click))
    return clicks


def ids(clicks: Iterable[JournaledClick]) -> list[str]:
    """Return the identities of *clicks*."""
    return [event_id(click) for click in clicks]


def read_topic(
    bootstrap_servers: str, topic: str, *, until: Iterable[str], partitions: int
) -> dict[int, list[Message]]:
    """Return the records of *topic* by partition.

    Reads until every identity of *until* has been seen, and then what is left.
    """
    missing = set(until)
    found: defaultdict[int, list[Message]] = defaultdict(list)
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": uuid4().hex,
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
            "log_level": 0,
        }
    )
    deadline = time.monotonic() + READ_SECONDS
    try:
        consumer.assign([TopicPartition(topic, at, 0) for at in range(partitions)])
        while True:
            # It waits that long unless there are so many.
            records = consumer.consume(10_000, timeout=0.05 if missing else 0.5)
            for record in records:
                assert record.error() is None, record.error()
                partition = record.partition()
                assert partition is not None
                found[partition].append(record)
                missing.discard(header(record, "ce_id"))
            if not missing and not records:
                return dict(found)
            assert time.monotonic() < deadline, f"{len(missing)} records are missing"
    finally:
        consumer.close()


def header(record: Message, name: str) -> str:
    """Return the one header called *name*."""
    headers = record.headers()
    assert isinstance(headers, list)
    [value] = [value for key, value in headers if key == name]
    assert isinstance(value, bytes)
    return value.decode()


def first_ids(records: Sequence[Message]) -> list[str]:
    """Return the identities in *records*, each where it appears first."""
    return list(dict.fromkeys(header(record, "ce_id") for record in records))


def assert_in_order(
    found: dict[int, list[Message]], clicks: Sequence[JournaledClick], partitions: int
) -> None:
    """Each partition holds its clicks, and all of them, in the order of *clicks*."""
    for partition in range(partitions):
        expected = [click for click in clicks if click.lane % partitions == partition]
        assert ids(expected) == first_ids(found.get(partition, []))
