"""A topic with clicks, workers that count them, and what they have counted."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from itertools import count
from uuid import uuid4

from confluent_kafka import Producer

from tests.servers import KafkaBroker
from tests.unit.journal.samples import add_links, sample_click
from waypost.adapters.kafka.connection import KafkaConnection
from waypost.adapters.kafka.consuming.member import MemberTimes
from waypost.adapters.kafka.consuming.subscription import KafkaSubscription
from waypost.adapters.kafka.dead_letters import KafkaDeadLetters
from waypost.adapters.kafka.publisher import KafkaPublisher, PublishTimes
from waypost.config import Settings
from waypost.domain.clicks import JournaledClick, lane_of
from waypost.ports.bus import ClickSubscription
from waypost.ports.storage import Storage
from waypost.services.clicks.bus_counter import (
    BatchLimits,
    BusCounter,
    CountContext,
)
from waypost.telemetry.metrics import Metrics
from waypost.wiring.parts.store import open_store

LINKS = 20
FIRST_LINK = LINKS + 1
"""The link of the click that makes a topic."""


class Edge:
    """A journal whose clicks are numbered as an edge would."""

    def __init__(self, journal: str = "") -> None:
        self.journal = journal or uuid4().hex
        self._sequences = [count(1) for _ in range(64)]
        self.answered: Counter[int] = Counter()

    def clicks(self, link_id: int, number: int = 1) -> list[JournaledClick]:
        """Return *number* new clicks on the link whose code is `c` and its id."""
        click = sample_click(link_id)
        lane = lane_of(click.code)
        self.answered[link_id] += number
        return [
            JournaledClick(self.journal, lane, next(self._sequences[lane]), click)
            for _ in range(number)
        ]

    def spread(self, links: int, each: int) -> list[JournaledClick]:
        """Return *each* clicks on each of *links* links, in turn."""
        return [
            click
            for _ in range(each)
            for link_id in range(1, links + 1)
            for click in self.clicks(link_id)
        ]


class Topic:
    """A topic of the test's own, and its consumer group."""

    def __init__(
        self, kafka: KafkaBroker, publisher: KafkaPublisher, name: str
    ) -> None:
        self.kafka = kafka
        self.connection = KafkaConnection(kafka.bootstrap_servers)
        self.publisher = publisher
        self.name = name

    def subscription(
        self, *, metrics: Metrics | None = None, absence_seconds: float = 60.0
    ) -> KafkaSubscription:
        """Return a member of the group, which is missed after three seconds."""
        return KafkaSubscription(
            self.connection,
            topic=self.name,
            group=self.name,
            metrics=metrics or Metrics(),
            times=MemberTimes(
                session_seconds=3.0,
                absence_seconds=absence_seconds,
                refresh_seconds=0.5,
            ),
        )

    def dead_letters(self) -> KafkaDeadLetters:
        """Return the dead letters of the topic."""
        return KafkaDeadLetters(self.connection, topic=self.name)

    async def put(self, content: bytes, *, key: bytes = b"") -> None:
        """Put a record of any content into the topic."""
        await asyncio.to_thread(self._put, content, key)

    def _put(self, content: bytes, key: bytes) -> None:
        producer = Producer({"bootstrap.servers": self.kafka.bootstrap_servers})
        producer.produce(self.name, content, key)
        assert producer.flush(10) == 0
        producer.close()


@asynccontextmanager
async def open_topic(
    kafka: KafkaBroker, *, partitions: int = 4
) -> AsyncIterator[Topic]:
    """Make a topic."""
    name = f"clicks-{uuid4().hex}"
    publisher = KafkaPublisher(
        KafkaConnection(kafka.bootstrap_servers),
        topic=name,
        partitions=partitions,
        times=PublishTimes(refresh_seconds=0.2),
    )
    async with aclosing(publisher):
        await publisher.publish(Edge().clicks(FIRST_LINK))
        yield Topic(kafka, publisher, name)


@asynccontextmanager
async def open_storage(url: str) -> AsyncIterator[Storage]:
    """Open the database at *url* as a worker does, with some links."""
    settings = Settings(DATABASE_URL=url, DATABASE_TIMEOUT_SECONDS=20.0)
    async with open_store(settings) as store:
        await add_links(store.storage, FIRST_LINK)
        yield store.storage


class Worker:
    """An ingest worker on one subscription, as a task of this process."""

    def __init__(
        self,
        topic: Topic,
        storage: Storage,
        subscription: ClickSubscription,
        dead_letters: KafkaDeadLetters,
        metrics: Metrics,
    ) -> None:
        self.topic = topic
        self.metrics = metrics
        self.subscription = subscription
        self.loop = BusCounter(
            subscription,
            route="kafka",
            limits=BatchLimits(clicks=1_000, seconds=0.05),
            context=CountContext(
                storage=storage, dead_letters=dead_letters, hot=None, metrics=metrics
            ),
        )

    def value(self, name: str) -> float:
        """Return the value of the metric *name*."""
        return self.metrics.registry.get_sample_value(name) or 0.0

    async def has_partitions(self, number: int) -> None:
        """Return once it reads *number* partitions."""
        await until(lambda: self.value("waypost_kafka_partitions") == number)


@asynccontextmanager
async def working(
    topic: Topic, storage: Storage, *, subscription: ClickSubscription | None = None
) -> AsyncIterator[Worker]:
    """Run a worker meanwhile; *subscription*, if given, is not closed."""
    metrics = Metrics()
    own = topic.subscription(metrics=metrics)
    letters = topic.dead_letters()
    async with aclosing(own), aclosing(letters):
        worker = Worker(topic, storage, subscription or own, letters, metrics)
        task = asyncio.create_task(worker.loop.run())
        try:
            yield worker
        finally:
            worker.loop.stop()
            await task


async def until(condition: Callable[[], bool]) -> None:
    """Return once *condition* holds; the test's time-out bounds it."""
    while True:
        if condition():
            return
        await asyncio.sleep(0.02)


async def until_counted(storage: Storage, answered: Counter[int]) -> None:
    """Return once the counts are *answered*; raise as soon as one is too high.

    The test's time-out bounds it.
    """
    while True:
        found = await counts(storage, answered)
        over = {link: n for link, n in found.items() if n > answered[link]}
        assert not over, f"counted too often: {over}, answered: {answered}"
        if found == answered:
            return
        await asyncio.sleep(0.05)


async def counts(storage: Storage, links: Counter[int]) -> Counter[int]:
    """Return the counts of *links*, which exist."""
    found: Counter[int] = Counter()
    for link_id in links:
        counted = await storage.links.counted(f"c{link_id}")
        assert counted is not None, "the test made it"
        found[link_id] = counted.clicks
    return found
