"""The reference system's client, in the version that it pins, reads our records."""

import asyncio
import json
from contextlib import aclosing

import pytest
from aiokafka import AIOKafkaConsumer
from pydantic import BaseModel, Field

from tests.integration.forward.records import clicks_of, new_topic
from tests.servers import KafkaBroker
from waypost.adapters.kafka.connection import KafkaConnection
from waypost.adapters.kafka.publisher import KafkaPublisher

CLICKS = 300


class ClickEvent(BaseModel):
    """What that system reads of a record."""

    short_code: str
    delta: int = Field(ge=1)


@pytest.mark.slow
async def test_records_are_read_without_extras(kafka: KafkaBroker) -> None:
    """Each of our records is decompressed, decoded and valid there, under its code."""
    topic, clicks = new_topic(), clicks_of(range(CLICKS))
    publisher = KafkaPublisher(
        KafkaConnection(kafka.bootstrap_servers), topic=topic, partitions=2
    )
    async with aclosing(publisher):
        await publisher.publish(clicks)
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka.bootstrap_servers,
        auto_offset_reset="earliest",
        value_deserializer=lambda payload: json.loads(payload.decode("utf-8")),
    )
    read: list[tuple[str, ClickEvent]] = []
    await consumer.start()
    try:
        async with asyncio.timeout(60):
            while len(read) < CLICKS:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    read += [
                        (record.key.decode(), ClickEvent.model_validate(record.value))
                        for record in records
                    ]
    finally:
        await consumer.stop()
    codes = sorted(click.click.code for click in clicks)
    assert sorted(key for key, _ in read) == codes
    assert sorted(event.short_code for _, event in read) == codes
    assert {event.delta for _, event in read} == {1}
