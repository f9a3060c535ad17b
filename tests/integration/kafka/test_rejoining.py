"""Members of a consumer group that have no partitions."""

import asyncio
from collections import Counter
from contextlib import aclosing

from tests.integration.kafka.ingesting import Edge, Topic
from waypost.adapters.kafka.subscription import KafkaSubscription
from waypost.ports.bus import BusClick
from waypost.telemetry.metrics import Metrics


def member(topic: Topic, *, rejoin_seconds: float) -> KafkaSubscription:
    """Return a member that soon does something about having no partitions."""
    return KafkaSubscription(
        topic.connection,
        topic=topic.name,
        group=topic.name,
        metrics=Metrics(),
        session_seconds=3.0,
        refresh_seconds=0.5,
        rejoin_seconds=rejoin_seconds,
    )


async def read(subscription: KafkaSubscription, number: int) -> list[BusClick]:
    """Return *number* clicks, once they have come."""
    clicks: list[BusClick] = []
    while len(clicks) < number:
        batch = await subscription.read(limit=number, within=0.1)
        clicks += batch.clicks
        await subscription.done(batch)
    return clicks


async def test_member_that_was_given_nothing_joins_again(topic: Topic) -> None:
    """A group may have shared out a topic before Kafka knew of its partitions."""
    edge = Edge()
    async with aclosing(member(topic, rejoin_seconds=0.5)) as subscription:
        await topic.publisher.publish(edge.clicks(1, 3))
        await read(subscription, 4)  # and the one that made the topic
        consumer = subscription._member._consumer
        assert consumer is not None
        consumer.unsubscribe()
        await topic.publisher.publish(edge.clicks(1, 5))

        async with asyncio.timeout(240):
            clicks = await read(subscription, 5)

    assert [click.sequence for click in clicks] == [4, 5, 6, 7, 8]


async def test_members_to_spare_disturb_nobody(topic: Topic) -> None:
    """However often they ask, whoever has partitions reads on, each click once."""
    edge, found = Edge(), list[BusClick]()

    async def attend(subscription: KafkaSubscription) -> None:
        while True:
            batch = await subscription.read(limit=100, within=0.05)
            found.extend(batch.clicks)
            await subscription.done(batch)

    async with (
        aclosing(member(topic, rejoin_seconds=0.2)) as first,
        aclosing(member(topic, rejoin_seconds=0.2)) as second,
        aclosing(member(topic, rejoin_seconds=0.2)) as third,
        asyncio.timeout(240),
    ):
        attending = [asyncio.create_task(attend(one)) for one in (first, second, third)]
        for _ in range(30):
            await topic.publisher.publish(edge.clicks(1, 10))
            await asyncio.sleep(0.1)
        expected = {(edge.journal, at) for at in range(1, 301)}
        while not expected <= {(one.journal, one.sequence) for one in found}:  # noqa: ASYNC110  # of tasks
            await asyncio.sleep(0.1)
        for task in attending:
            task.cancel()

    counts = Counter((one.journal, one.sequence) for one in found)
    assert {counts[identity] for identity in expected} == {1}
