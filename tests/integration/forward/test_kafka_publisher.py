"""Clicks to Kafka: what the records hold, in which order, and what failures cost."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import pytest
from confluent_kafka import Message
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from tests.integration.forward.records import (
    JOURNAL,
    assert_in_order,
    clicks_of,
    header,
    ids,
    new_topic,
    read_topic,
)
from tests.servers import KafkaBroker
from waypost.adapters.kafka.connection import KafkaConnection
from waypost.adapters.kafka.publisher import TIMES, KafkaPublisher, PublishTimes
from waypost.domain.clicks import JournaledClick
from waypost.domain.errors import BackendUnavailable
from waypost.wire.click_event import encode_click

PARTITIONS = 4
TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01")


@asynccontextmanager
async def _publisher(
    servers: str,
    topic: str,
    *,
    partitions: int = PARTITIONS,
    times: PublishTimes = TIMES,
) -> AsyncIterator[KafkaPublisher]:
    publisher = KafkaPublisher(
        KafkaConnection(servers), topic=topic, partitions=partitions, times=times
    )
    async with aclosing(publisher):
        yield publisher


@asynccontextmanager
async def _dead(kafka: KafkaBroker) -> AsyncIterator[None]:
    """Have Kafka killed meanwhile."""
    kafka.kill()
    try:
        yield
    finally:
        await asyncio.to_thread(kafka.start)


async def _publish_until_taken(
    publisher: KafkaPublisher, numbers: range, *, attempts: int = 60
) -> None:
    for _ in range(attempts):
        try:
            await publisher.publish(clicks_of(numbers))
        except BackendUnavailable:
            continue
        return
    pytest.fail("Kafka did not come back")


def _assert_all_in_order(
    kafka: KafkaBroker,
    topic: str,
    clicks: Sequence[JournaledClick],
    *,
    partitions: int = PARTITIONS,
) -> None:
    """*topic* holds all of *clicks*, each in its partition and after earlier ones."""
    found = read_topic(
        kafka.bootstrap_servers, topic, until=ids(clicks), partitions=partitions
    )
    assert_in_order(found, clicks, partitions)


async def test_records(kafka: KafkaBroker) -> None:
    """Key, value, headers and partition are what other programs rely on."""
    topic, clicks = new_topic(), clicks_of(range(200))
    async with _publisher(kafka.bootstrap_servers, topic) as publisher:
        await publisher.publish(clicks[:150])
        await publisher.publish(clicks[150:])
    found = read_topic(
        kafka.bootstrap_servers, topic, until=ids(clicks), partitions=PARTITIONS
    )
    assert_in_order(found, clicks, PARTITIONS)
    by_id = dict(zip(ids(clicks), clicks, strict=True))
    records = [record for records in found.values() for record in records]
    assert len(clicks) == len(records)
    for record in records:
        click = by_id[header(record, "ce_id")]
        assert record.key() == click.click.code.encode()
        assert record.value() == encode_click(click)
        assert header(record, "ce_specversion") == "1.0"
        assert header(record, "ce_type") == "waypost.click.v1"
        assert header(record, "ce_source") == f"/journals/{JOURNAL}"
        assert header(record, "content-type") == "application/json"
        assert TRACE.fullmatch(header(record, "traceparent"))
        micro = click.click.time_ns // 1_000 % 1_000_000
        assert header(record, "ce_time") == f"2025-06-15T15:06:40.{micro:06d}Z"
    assert len({header(record, "traceparent") for record in records}) == 2


async def test_topic_that_exists(kafka: KafkaBroker) -> None:
    """An existing topic is used as it is, not changed to the settings."""
    topic, clicks = new_topic(), clicks_of(range(40))
    async with _publisher(kafka.bootstrap_servers, topic, partitions=2) as publisher:
        await publisher.publish(clicks[:20])
    async with _publisher(kafka.bootstrap_servers, topic, partitions=9) as publisher:
        await publisher.publish(clicks[20:])
    _assert_all_in_order(kafka, topic, clicks, partitions=2)


async def test_topic_that_grows(kafka: KafkaBroker) -> None:
    """New partitions are used once they are known of, by the same publisher."""
    if not kafka.is_apache:
        pytest.skip("the stand-in cannot add partitions")
    topic, clicks = new_topic(), clicks_of(range(40))
    async with _publisher(
        kafka.bootstrap_servers,
        topic,
        partitions=2,
        times=PublishTimes(refresh_seconds=0),
    ) as publisher:
        await publisher.publish(clicks[:20])
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
        grown = admin.create_partitions([NewPartitions(topic, 6)])
        await asyncio.to_thread(grown[topic].result, 10)
        await _publish_until_taken(publisher, range(20, 40))
    found = read_topic(kafka.bootstrap_servers, topic, until=ids(clicks), partitions=6)
    for partition, records in found.items():
        lanes = [int(header(record, "ce_id").split("-")[1]) for record in records]
        for lane, sequence in zip(lanes, _sequences(records), strict=True):
            assert lane % (2 if sequence <= 20 else 6) == partition
    assert len(found) > 2


def _sequences(records: list[Message]) -> list[int]:
    return [int(header(record, "ce_id").split("-")[2]) for record in records]


@pytest.mark.slow
async def test_kafka_hangs(kafka: KafkaBroker) -> None:
    """A batch that is not confirmed in time fails, and is taken once Kafka goes on."""
    topic, clicks = new_topic(), clicks_of(range(60))
    async with _publisher(
        kafka.bootstrap_servers, topic, times=PublishTimes(budget_seconds=1)
    ) as publisher:
        await _publish_until_taken(publisher, range(20))
        kafka.freeze()
        try:
            for _ in range(2):
                with pytest.raises(BackendUnavailable):
                    await publisher.publish(clicks[20:40])
        finally:
            kafka.thaw()
        await _publish_until_taken(publisher, range(20, 40))
        await publisher.publish(clicks[40:])
    _assert_all_in_order(kafka, topic, clicks)


@pytest.mark.slow
async def test_dead_kafka_is_given_up_before_the_budget_ends(
    kafka: KafkaBroker,
) -> None:
    """There is another way for clicks, and connections that are refused say enough."""
    async with _publisher(
        kafka.bootstrap_servers, new_topic(), times=PublishTimes(budget_seconds=600)
    ) as publisher:
        await publisher.publish(clicks_of(range(20)))
        async with _dead(kafka), asyncio.timeout(240):
            with pytest.raises(BackendUnavailable):
                await publisher.publish(clicks_of(range(20, 40)))


@pytest.mark.slow
async def test_kafka_is_killed(kafka: KafkaBroker) -> None:
    """What was confirmed is there after a crash, and what comes follows in order."""
    if not kafka.is_apache:
        pytest.skip("the stand-in forgets everything when it stops")
    topic, clicks = new_topic(), clicks_of(range(300))
    async with _publisher(
        kafka.bootstrap_servers, topic, times=PublishTimes(budget_seconds=1)
    ) as publisher:
        await _publish_until_taken(publisher, range(100))
        async with _dead(kafka):
            with pytest.raises(BackendUnavailable):
                await publisher.publish(clicks[100:200])
        await _publish_until_taken(publisher, range(100, 200))
        await publisher.publish(clicks[200:])
    _assert_all_in_order(kafka, topic, clicks)


async def test_closing_does_not_wait_for_kafka(kafka: KafkaBroker) -> None:
    """Stopping does not wait for the deadline of a batch in progress."""
    async with _publisher(
        kafka.bootstrap_servers, new_topic(), times=PublishTimes(budget_seconds=600)
    ) as publisher:
        await publisher.publish(clicks_of(range(3)))
        kafka.freeze()
        try:
            under_way = asyncio.create_task(publisher.publish(clicks_of(range(9))))
            await asyncio.sleep(0)
            await publisher.aclose()
            with pytest.raises(BackendUnavailable):
                await under_way
        finally:
            kafka.thaw()


async def test_no_kafka() -> None:
    """An address without a listener is an outage."""
    publisher = KafkaPublisher(
        KafkaConnection("127.0.0.1:1"),
        topic=new_topic(),
        partitions=1,
        times=PublishTimes(probe_seconds=0.1),
    )
    async with aclosing(publisher):
        with pytest.raises(BackendUnavailable):
            await publisher.publish(clicks_of(range(3)))
