"""Members of a consumer group that have no partitions."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing

from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.integration.kafka.ingesting import Edge, Topic, open_topic
from tests.servers import KafkaBroker
from waypost.adapters.kafka.consuming.member import MemberTimes
from waypost.adapters.kafka.consuming.subscription import KafkaSubscription
from waypost.telemetry.metrics import Metrics
from waypost.wire.click_event import BusClick


def member(topic: Topic, *, rejoin_seconds: float) -> KafkaSubscription:
    """Return a member that soon does something about having no partitions."""
    return KafkaSubscription(
        topic.connection,
        topic=topic.name,
        group=topic.name,
        metrics=Metrics(),
        times=MemberTimes(
            session_seconds=3.0, refresh_seconds=0.5, rejoin_seconds=rejoin_seconds
        ),
    )


async def read(subscription: KafkaSubscription, number: int) -> list[BusClick]:
    """Return *number* clicks, once they have come."""
    clicks: list[BusClick] = []
    while len(clicks) < number:
        batch = await subscription.read(limit=number, within=0.1)
        clicks += batch.clicks
        await subscription.done(batch)
    return clicks


async def test_member_that_was_given_nothing_joins_again(kafka: KafkaBroker) -> None:
    """A group may have shared out a topic before Kafka knew of its partitions."""
    edge = Edge()
    async with (
        open_topic(kafka, partitions=1) as topic,
        aclosing(member(topic, rejoin_seconds=0.5)) as spare,
    ):
        async with aclosing(member(topic, rejoin_seconds=3_600)) as holder:
            await topic.publisher.publish(edge.clicks(1, 3))
            await read(holder, 4)  # and the one that made the topic
            with capture_logs() as logs:
                while events(logs).count("kafka.rejoining") < 2:
                    assert not (await spare.read(limit=10, within=0.1)).clicks
                    await holder.read(limit=10, within=0.1)
        await topic.publisher.publish(edge.clicks(1, 5))
        clicks = await read(spare, 5)
    assert [click.sequence for click in clicks] == [4, 5, 6, 7, 8]


def events(logs: Sequence[EventDict]) -> list[str]:
    """Return the names of what was logged."""
    return [str(line["event"]) for line in logs]


async def test_spare_members_do_not_disturb(kafka: KafkaBroker) -> None:
    """However often they ask, members with partitions read on, each click once."""
    edge, found = Edge(), list[BusClick]()

    async def attend(subscription: KafkaSubscription) -> None:
        while True:
            batch = await subscription.read(limit=100, within=0.05)
            found.extend(batch.clicks)
            await subscription.done(batch)

    async with (
        open_topic(kafka, partitions=2) as topic,
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
