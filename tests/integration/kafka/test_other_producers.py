"""Clicks of other programs, which say a code and a number only, count once each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from confluent_kafka.admin import AdminClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.integration.kafka.ingesting import (
    LINKS,
    Edge,
    Topic,
    open_topic,
    until,
    until_counted,
    working,
)
from tests.integration.kafka.test_exactly_once import Forgetful
from tests.redis_nodes import redis_node
from tests.servers import KafkaBroker
from waypost.adapters.kafka.topics import ensure_topic
from waypost.adapters.redis.subscription import RedisStreamSubscription
from waypost.ports.storage import Storage

pytestmark = pytest.mark.slow


async def put_bare(topic: Topic, edge: Edge, link_id: int, delta: int = 1) -> None:
    """Put a record as the reference system's app writes it."""
    code = f"c{link_id}"
    content = b'{"short_code": "%s", "delta": %d}' % (code.encode(), delta)
    await topic.put(content, key=code.encode())
    edge.answered[link_id] += delta


async def test_bare_records_among_ours(topic: Topic, storage: Storage) -> None:
    """Each record counts what it says, between any other records."""
    edge = Edge()
    async with working(topic, storage):
        for link_id in range(1, LINKS + 1):
            await topic.publisher.publish(edge.clicks(link_id))
            await put_bare(topic, edge, link_id, delta=link_id)
        await topic.put(b'{"short_code": "c1"}')
        edge.answered[1] += 1
        await until_counted(storage, edge.answered)


async def test_killed_between_count_and_done(topic: Topic, storage: Storage) -> None:
    """What was counted and comes again is recognised by its place."""
    edge = Edge()
    for link_id in range(1, LINKS + 1):
        await put_bare(topic, edge, link_id, delta=3)
        await topic.publisher.publish(edge.clicks(link_id))
    async with (
        aclosing(topic.subscription()) as subscription,
        working(topic, storage, subscription=Forgetful(subscription)),
    ):
        await until_counted(storage, edge.answered)
    async with working(topic, storage) as heir:
        await until(lambda: heir.value("waypost_clicks_duplicate_total") >= LINKS * 4)
        await put_bare(topic, edge, 7)
        await until_counted(storage, edge.answered)


async def test_two_workers_that_come_and_go(topic: Topic, storage: Storage) -> None:
    """A rebalance in the middle of such records loses none and repeats none."""
    edge = Edge()
    async with working(topic, storage) as second:
        async with working(topic, storage) as first:
            await first.has_partitions(2)
            for link_id in range(1, LINKS + 1):
                await put_bare(topic, edge, link_id)
        await second.has_partitions(4)
        for link_id in range(1, LINKS + 1):
            await put_bare(topic, edge, link_id)
        await until_counted(storage, edge.answered)


async def test_few_ranges_are_kept(
    topic: Topic, storage: Storage, postgres_url: str
) -> None:
    """What is remembered of places does not grow with the records."""
    edge = Edge()
    async with working(topic, storage):
        for number in range(60):
            await put_bare(topic, edge, number % LINKS + 1)
            await topic.publisher.publish(edge.clicks(number % LINKS + 1))
            if number % 10 == 0:
                await until_counted(storage, edge.answered)
        await until_counted(storage, edge.answered)
        for link_id in range(1, LINKS + 1):
            await put_bare(topic, edge, link_id)
        await until_counted(storage, edge.answered)
    engine = create_async_engine(
        postgres_url.replace("postgresql", "postgresql+asyncpg")
    )
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT count(*) FROM counted_clicks WHERE journal LIKE 'kafka:%'")
        )
        ranges = rows.scalar_one()
    await engine.dispose()
    # Four partitions, and the records of one batch in each.
    assert ranges <= 4 + 2 * LINKS


async def test_an_unknown_code_is_a_dead_letter(topic: Topic, storage: Storage) -> None:
    """A click on no link is kept for a person, and the others count."""
    edge = Edge()
    for _ in range(20):
        await topic.put(b'{"short_code": "nosuch", "delta": 1}')
    await put_bare(topic, edge, 1)
    async with working(topic, storage) as worker:
        await until_counted(storage, edge.answered)
        await until(lambda: worker.value("waypost_dead_letters_total") == 20)
    async with aclosing(topic.dead_letters()) as letters:
        kept = [letter async for letter in letters.letters()]
    assert {letter.reason for letter in kept} == {"No link has this code"}
    assert {letter.content for letter in kept} == {
        b'{"short_code": "nosuch", "delta": 1}'
    }


async def test_a_topic_made_anew_begins_anew(
    kafka: KafkaBroker, storage: Storage
) -> None:
    """Offsets begin at 0 again, and so do the clicks: they are others."""
    if not kafka.is_apache:
        pytest.skip("the stand-in keeps no ids of topics")
    edge = Edge()
    async with open_topic(kafka, partitions=1) as topic:
        await put_bare(topic, edge, 1, delta=5)
        await put_bare(topic, edge, 2)
        async with working(topic, storage):
            await until_counted(storage, edge.answered)
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
        await asyncio.to_thread(admin.delete_topics([topic.name])[topic.name].result)
        await made_anew(admin, topic)
        await put_bare(topic, edge, 1, delta=5)
        await put_bare(topic, edge, 2)
        other = Topic(kafka, topic.publisher, topic.name)
        async with working(other, storage):
            await until_counted(storage, edge.answered)


async def made_anew(admin: AdminClient, topic: Topic) -> None:
    """Make the topic again, once it is gone."""
    while topic.name in (await asyncio.to_thread(admin.list_topics)).topics:  # noqa: ASYNC110  # the broker sends no event
        await asyncio.sleep(0.1)
    await asyncio.to_thread(
        ensure_topic, topic.connection, topic.name, partitions=1, within=30
    )


@asynccontextmanager
async def stream_of(redis_url: str) -> AsyncIterator[RedisStreamSubscription]:
    """Open the stream into which the reference system's app writes."""
    async with redis_node(redis_url) as node:
        yield RedisStreamSubscription(
            node, key="click_events", group="ingest", consumer="me", claim_seconds=0.5
        )


async def add_bare(redis_url: str, edge: Edge, link_id: int, delta: str = "1") -> None:
    """Add an entry as that app does while Kafka is away."""
    async with redis_node(redis_url) as node:
        await node.client.xadd(
            "click_events", {"short_code": f"c{link_id}", "delta": delta}
        )
    edge.answered[link_id] += int(delta)


async def test_entries_of_the_stream(
    topic: Topic, storage: Storage, redis_url: str
) -> None:
    """Each entry counts once, also one that is read again after it was counted."""
    edge = Edge()
    for link_id in range(1, LINKS + 1):
        await add_bare(redis_url, edge, link_id, str(link_id))
    async with (
        stream_of(redis_url) as stream,
        working(topic, storage, subscription=Forgetful(stream)),
    ):
        await until_counted(storage, edge.answered)
    async with (
        stream_of(redis_url) as stream,
        working(topic, storage, subscription=stream) as heir,
    ):
        again = sum(range(1, LINKS + 1))
        await until(lambda: heir.value("waypost_clicks_duplicate_total") >= again)
        await add_bare(redis_url, edge, 3)
        await until_counted(storage, edge.answered)
    async with redis_node(redis_url) as node:
        assert await node.client.xlen("click_events") == 0
