"""Every click counts once: after kills and rebalances, and on every route.

The counts are in PostgreSQL, the clicks in Kafka, and both are real.
"""

import asyncio
from contextlib import aclosing

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from tests.integration.kafka.ingesting import (
    LINKS,
    Edge,
    Topic,
    open_storage,
    until,
    until_counted,
    working,
)
from tests.redis_nodes import redis_node
from tests.servers import FreshPostgres, KafkaBroker
from waypost.adapters.redis.stream import RedisStreamPublisher
from waypost.adapters.redis.subscription import RedisStreamSubscription
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import BusBatch, ClickSubscription
from waypost.ports.storage import Storage
from waypost.telemetry.metrics import Metrics


class Forgetful:
    """A subscription whose process dies each time before it can say `done`."""

    def __init__(self, subscription: ClickSubscription) -> None:
        self._subscription = subscription

    async def read(self, *, limit: int, within: float) -> BusBatch:
        """Read."""
        return await self._subscription.read(limit=limit, within=within)

    async def done(self, batch: BusBatch) -> None:
        """Say nothing."""


async def test_killed_between_count_and_done(topic: Topic, storage: Storage) -> None:
    """All that was counted and not committed comes again, and is recognised."""
    edge = Edge()
    await topic.publisher.publish(edge.spread(LINKS, 100))
    async with (
        aclosing(topic.subscription()) as subscription,
        working(topic, storage, subscription=Forgetful(subscription)),
    ):
        await until_counted(storage, edge.answered)
    async with working(topic, storage) as heir:
        await until(lambda: heir.value("waypost_clicks_duplicate_total") >= LINKS * 100)
        await topic.publisher.publish(edge.spread(LINKS, 1))
        await until_counted(storage, edge.answered)


async def test_workers_come_and_go(topic: Topic, storage: Storage) -> None:
    """A rebalance in the middle of the stream loses nothing and repeats nothing."""
    edge = Edge()
    sent = edge.spread(LINKS, 150)

    async def send() -> None:
        for start in range(0, len(sent), 100):
            await topic.publisher.publish(sent[start : start + 100])
            await asyncio.sleep(0)

    sending = asyncio.create_task(send())
    async with working(topic, storage) as second:
        async with working(topic, storage) as first:
            await first.has_partitions(2)
            await second.has_partitions(2)
        await second.has_partitions(4)
        await sending
        await until_counted(storage, edge.answered)
    taken = "waypost_kafka_rebalances_total"
    assert second.metrics.registry.get_sample_value(taken, {"how": "assigned"})


async def test_both_ways(topic: Topic, storage: Storage, redis_url: str) -> None:
    """Clicks that come by Kafka and by Redis, in any order, count once."""
    edge = Edge()
    sent = edge.spread(LINKS, 60)
    async with redis_node(redis_url) as node:
        stream = RedisStreamPublisher(
            node, key="fallback", max_entries=100_000, require_disk=False
        )
        await topic.publisher.publish(sent[:800])
        await stream.publish(sent[400:])
        await topic.publisher.publish(sent[600:])
        reader = RedisStreamSubscription(
            node, key="fallback", group="ingest", consumer="reader", claim_seconds=30
        )
        async with (
            working(topic, storage) as one,
            working(topic, storage, subscription=reader) as other,
        ):
            repeated = 800 + 800 + 600 - len(sent)
            await until(
                lambda: (
                    one.value("waypost_clicks_duplicate_total")
                    + other.value("waypost_clicks_duplicate_total")
                    == repeated
                )
            )
    await until_counted(storage, edge.answered)


async def test_the_topic_grows(
    topic: Topic, storage: Storage, kafka: KafkaBroker
) -> None:
    """New partitions are read soon, and a lane that moves to one counts on."""
    edge = Edge()
    async with working(topic, storage) as worker:
        await topic.publisher.publish(edge.spread(LINKS, 5))
        await until_counted(storage, edge.answered)
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
        made = admin.create_partitions([NewPartitions(topic.name, 9)])
        await asyncio.to_thread(made[topic.name].result)
        while worker.value("waypost_kafka_partitions") != 9:
            await topic.publisher.publish(edge.spread(LINKS, 1))
            await asyncio.sleep(0.1)
        await topic.publisher.publish(edge.spread(LINKS, 5))
        await until_counted(storage, edge.answered)


@pytest.mark.slow
async def test_kafka_is_killed(
    topic: Topic, storage: Storage, kafka: KafkaBroker
) -> None:
    """After the broker is back, counting goes on where it was."""
    if not kafka.is_apache:
        pytest.skip("the stand-in for Kafka forgets everything when it is killed")
    edge = Edge()
    async with working(topic, storage) as worker:
        await topic.publisher.publish(edge.spread(LINKS, 20))
        await until_counted(storage, edge.answered)
        await asyncio.to_thread(kafka.kill)
        await until(lambda: worker.value("waypost_ingest_failures_total") > 0)
        with pytest.raises(BackendUnavailable):
            await topic.publisher.publish(edge.clicks(1))
        edge.answered[1] -= 1
        await asyncio.to_thread(kafka.start)
        more = edge.spread(LINKS, 20)
        while True:
            try:
                await topic.publisher.publish(more)
                break
            except BackendUnavailable:
                continue
        await until_counted(storage, edge.answered)


@pytest.mark.slow
async def test_the_database_is_away(
    topic: Topic, fresh_postgres: FreshPostgres
) -> None:
    """The batch waits for it; meanwhile others may join the group."""
    server = fresh_postgres(durable=True)
    edge = Edge()
    async with open_storage(server.url) as storage, working(topic, storage) as worker:
        await topic.publisher.publish(edge.spread(LINKS, 5))
        await until_counted(storage, edge.answered)
        await asyncio.to_thread(server.stop)
        await topic.publisher.publish(edge.spread(LINKS, 5))
        await until(lambda: worker.value("waypost_ingest_failures_total") >= 2)
        async with working(topic, storage) as another:
            async with asyncio.timeout(240):
                await another.has_partitions(2)
            await asyncio.to_thread(server.start)
            await until_counted(storage, edge.answered)
        async with aclosing(topic.dead_letters()) as letters:
            assert [letter async for letter in letters.letters()] == []


async def test_rubbish_among_clicks(topic: Topic, storage: Storage) -> None:
    """What is no click is kept with its reason, and the clicks around it count."""
    edge = Edge()
    await topic.publisher.publish(edge.spread(LINKS, 2))
    await topic.put(b"\x00 no click", key=b"c1")
    await topic.publisher.publish(edge.spread(LINKS, 2))
    async with working(topic, storage) as worker:
        await until_counted(storage, edge.answered)
        await until(lambda: worker.value("waypost_dead_letters_total") == 1)
    async with aclosing(topic.dead_letters()) as letters:
        (letter,) = [letter async for letter in letters.letters()]
    assert (letter.content, letter.key) == (b"\x00 no click", b"c1")
    assert letter.attempts == 1
    assert letter.reason.startswith("JSON is malformed")
    name, partition, offset = letter.origin.split("/")
    assert name == topic.name
    assert partition.isdecimal()
    assert offset.isdecimal()


async def test_clicks_on_unknown_links(topic: Topic, storage: Storage) -> None:
    """They are dead letters, count for no link, and leave no gap."""
    edge, stranger = Edge(), Edge()
    await topic.publisher.publish([*edge.spread(LINKS, 2), *stranger.clicks(5_000, 3)])
    async with working(topic, storage) as worker:
        await until_counted(storage, edge.answered)
        await until(lambda: worker.value("waypost_clicks_unknown_link_total") == 3)
    async with aclosing(topic.dead_letters()) as letters:
        found = [letter async for letter in letters.letters()]
    assert [(letter.reason, letter.key) for letter in found] == [
        ("unknown-link", b"c5000")
    ] * 3
    async with storage.transaction() as transaction:
        counted = await transaction.clicks.counted(stranger.journal)
    assert [lane.ranges for lane in counted.values()] == [((1, 3),)]


async def test_lag(topic: Topic, kafka: KafkaBroker) -> None:
    """What was read and is not done is behind, and then it is not."""
    if not kafka.is_apache:
        pytest.skip("the stand-in for Kafka reports wrong ends of partitions")
    metrics = Metrics()

    def lag() -> float | None:
        return metrics.registry.get_sample_value("waypost_kafka_lag_records")

    await topic.publisher.publish(Edge().spread(LINKS, 3))
    sent = LINKS * 3 + 1
    async with aclosing(topic.subscription(metrics=metrics)) as reader:
        batches: list[BusBatch] = []
        while sum(len(batch.clicks) for batch in batches) < sent:
            batches.append(await reader.read(limit=100, within=0.1))
        await until(lambda: lag() == sent)
        for batch in batches:
            await reader.done(batch)
        await until(lambda: lag() == 0)


async def test_group_life_goes_on_without_reading(topic: Topic) -> None:
    """A member that counts for long does not keep another from joining."""
    edge, metrics = Edge(), Metrics()
    await topic.publisher.publish(edge.spread(LINKS, 1))
    async with (
        aclosing(topic.subscription()) as busy,
        aclosing(topic.subscription(metrics=metrics)) as other,
    ):
        read = 0
        while read < LINKS:
            batch = await busy.read(limit=100, within=0.1)
            read += len(batch.clicks)
        # From here on it is not read by the busy one, and not done.
        async with asyncio.timeout(240):
            while metrics.registry.get_sample_value("waypost_kafka_partitions") != 2:
                await other.read(limit=100, within=0.1)
