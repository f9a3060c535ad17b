"""Every bus brings each click to a reader, and again until it is done.

A backend is a fixture that yields a `Bus`; its name stands in `bus`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from tests.redis_nodes import redis_node
from tests.servers import KafkaBroker
from tests.unit.journal.samples import sample_click
from waypost.adapters.kafka.connection import KafkaConnection
from waypost.adapters.kafka.consuming.member import MemberTimes
from waypost.adapters.kafka.consuming.subscription import KafkaSubscription
from waypost.adapters.kafka.publisher import KafkaPublisher
from waypost.adapters.redis.stream import RedisStreamPublisher
from waypost.adapters.redis.subscription import RedisStreamSubscription
from waypost.domain.clicks import JournaledClick, lane_of
from waypost.ports.bus import BusBatch, ClickPublisher, ClickSubscription
from waypost.telemetry.metrics import Metrics
from waypost.wire.click_event import BusClick

JOURNAL = "0123456789abcdef0123456789abcdef"
MOMENT_NS = 1_735_689_600_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """A bus without earlier records."""

    publisher: ClickPublisher
    join: Callable[[], Awaitable[ClickSubscription]]
    """Add a reader to the one group of readers."""
    leave: Callable[[ClickSubscription], Awaitable[None]]
    """End a reader; what it has not done is for the others."""
    put: Callable[[bytes], Awaitable[None]]
    """Put a record of any content onto the bus."""


@asynccontextmanager
async def redis_stream(url: str) -> AsyncIterator[Bus]:
    """A stream in Redis whose entries are claimed after half a second."""
    async with redis_node(url) as node:
        names = count(1)

        async def join() -> ClickSubscription:
            return RedisStreamSubscription(
                node,
                key="fallback",
                group="ingest",
                consumer=f"reader-{next(names)}",
                claim_seconds=0.5,
            )

        async def leave(_: ClickSubscription) -> None:
            pass

        async def put(content: bytes) -> None:
            await node.client.xadd("fallback", {b"event": content})

        yield Bus(
            publisher=RedisStreamPublisher(
                node, key="fallback", max_entries=100_000, require_disk=False
            ),
            join=join,
            leave=leave,
            put=put,
        )


@pytest.fixture
async def redis_bus(redis_url: str) -> AsyncIterator[Bus]:
    """The Redis stream."""
    async with redis_stream(redis_url) as bus:
        yield bus


@asynccontextmanager
async def kafka_topic(bootstrap_servers: str) -> AsyncIterator[Bus]:
    """A topic of its own, and a group whose members are missed soon."""
    topic = f"clicks-{uuid4().hex}"
    connection = KafkaConnection(bootstrap_servers)
    async with aclosing(
        KafkaPublisher(connection, topic=topic, partitions=4)
    ) as publisher:
        # The topic exists before it is used.
        await publisher.publish(clicks_on("first", 1))

        async def join() -> KafkaSubscription:
            return KafkaSubscription(
                connection,
                topic=topic,
                group=topic,
                metrics=Metrics(),
                times=MemberTimes(session_seconds=3.0, refresh_seconds=0.5),
            )

        async def leave(reader: ClickSubscription) -> None:
            assert isinstance(reader, KafkaSubscription)
            await reader.aclose()

        async def put(content: bytes) -> None:
            await asyncio.to_thread(produce, bootstrap_servers, topic, content)

        first = await join()
        batch = await read_clicks(first, 1)
        await first.done(batch[-1])
        await leave(first)
        yield Bus(publisher=publisher, join=join, leave=leave, put=put)


def produce(bootstrap_servers: str, topic: str, content: bytes) -> None:
    """Put a record of any content into *topic*."""
    producer = Producer({"bootstrap.servers": bootstrap_servers})
    producer.produce(topic, content)
    assert producer.flush(10) == 0
    producer.close()


@pytest.fixture
async def kafka_bus(kafka: KafkaBroker) -> AsyncIterator[Bus]:
    """A topic of Kafka."""
    async with kafka_topic(kafka.bootstrap_servers) as bus:
        yield bus


@pytest.fixture(params=["redis", "kafka"])
def bus(request: pytest.FixtureRequest) -> Bus:
    """A bus, of every kind."""
    found: Bus = request.getfixturevalue(f"{request.param}_bus")
    return found


def clicks_on(code: str, number: int, *, first: int = 1) -> list[JournaledClick]:
    """Return *number* clicks on *code*, whose sequences begin with *first*."""
    click = sample_click(7, time_ns=MOMENT_NS, agent=b"Mozilla/5.0 \xff")
    return [
        JournaledClick(JOURNAL, lane_of(code), sequence, click._replace(code=code))
        for sequence in range(first, first + number)
    ]


def identities(
    clicks: Sequence[JournaledClick] | Sequence[BusClick],
) -> set[tuple[str, int, int]]:
    """Return what distinguishes the *clicks*."""
    return {(click.journal, click.lane, click.sequence) for click in clicks}


async def read_until(
    reader: ClickSubscription,
    enough: Callable[[list[BusBatch]], bool],
    *,
    limit: int = 1_000,
) -> list[BusBatch]:
    """Read batches until they are *enough*; the test's time-out bounds it."""
    batches: list[BusBatch] = []
    while not enough(batches):
        batches.append(await reader.read(limit=limit, within=0.1))
        assert len(batches[-1].clicks) <= limit
    return batches


def gathered(batches: Sequence[BusBatch]) -> list[BusClick]:
    """Return the clicks of all *batches*."""
    return [click for batch in batches for click in batch.clicks]


async def read_clicks(
    reader: ClickSubscription, number: int, *, limit: int = 1_000
) -> list[BusBatch]:
    """Read batches until there are *number* different clicks."""
    return await read_until(
        reader, lambda b: len(identities(gathered(b))) >= number, limit=limit
    )


async def test_click_comes_through(bus: Bus) -> None:
    """What counting needs is on the other side as it was."""
    reader = await bus.join()
    await bus.publisher.publish(clicks_on("abc", 1, first=41))
    (click,) = gathered(await read_clicks(reader, 1))
    assert click == BusClick(
        journal=JOURNAL,
        lane=lane_of("abc"),
        sequence=41,
        link_id=7,
        short_code="abc",
        time_ns=MOMENT_NS,
    )
    await bus.leave(reader)


async def test_nothing_to_read(bus: Bus) -> None:
    """A reader comes back without clicks when there are none."""
    reader = await bus.join()
    await bus.publisher.publish([])
    batch = await reader.read(limit=10, within=0.1)
    assert list(batch.clicks) == []
    assert list(batch.undecodable) == []
    await reader.done(batch)
    await bus.leave(reader)


async def test_each_code_stays_in_order(bus: Bus) -> None:
    """Thousands of clicks come through, the clicks on one code in their order."""
    reader = await bus.join()
    sent = [*clicks_on("abc", 1_500), *clicks_on("xyz", 1_500)]
    await bus.publisher.publish(sent)
    batches = await read_clicks(reader, 3_000, limit=1_200)
    clicks = gathered(batches)
    assert identities(clicks) == identities(sent)
    for code in ("abc", "xyz"):
        sequences = [click.sequence for click in clicks if click.short_code == code]
        # What is not done yet may come again meanwhile.
        assert list(dict.fromkeys(sequences)) == list(range(1, 1_501))
    for batch in batches:
        await reader.done(batch)
    await bus.leave(reader)


async def test_published_before_the_first_read(bus: Bus) -> None:
    """Clicks wait for their first reader."""
    sent = clicks_on("abc", 20)
    await bus.publisher.publish(sent)
    reader = await bus.join()
    assert identities(gathered(await read_clicks(reader, 20))) == identities(sent)
    await bus.leave(reader)


@pytest.mark.slow
async def test_what_is_not_done_comes_again(bus: Bus) -> None:
    """A reader that vanishes takes nothing with it."""
    lost = await bus.join()
    sent = clicks_on("abc", 30)
    await bus.publisher.publish(sent)
    await read_clicks(lost, 30)
    await bus.leave(lost)
    heir = await bus.join()
    assert identities(gathered(await read_clicks(heir, 30))) == identities(sent)
    await bus.leave(heir)


async def test_what_is_done_does_not_come_again(bus: Bus) -> None:
    """The next reader begins behind it."""
    first = await bus.join()
    await bus.publisher.publish(clicks_on("abc", 30))
    for batch in await read_clicks(first, 30):
        await first.done(batch)
    await bus.leave(first)
    second = await bus.join()
    await bus.publisher.publish(clicks_on("abc", 5, first=31))
    clicks = gathered(await read_clicks(second, 5))
    assert {click.sequence for click in clicks} == {31, 32, 33, 34, 35}
    await bus.leave(second)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff",
        b"{}",
        b"null",
        b'{"short_code":"abc","delta":0}',
        b'{"short_code":"abc","delta":1,"journal":"j"}',
    ],
)
async def test_undecodable_record(bus: Bus, content: bytes) -> None:
    """It is handed over as it is, with a reason, and clicks around it are counted."""
    reader = await bus.join()
    await bus.publisher.publish(clicks_on("abc", 1))
    await bus.put(content)
    await bus.publisher.publish(clicks_on("abc", 1, first=2))
    batches = await read_until(
        reader,
        lambda b: len(gathered(b)) >= 2 and any(batch.undecodable for batch in b),
    )
    (undecodable,) = [bad for batch in batches for bad in batch.undecodable]
    assert undecodable.content == content
    assert undecodable.reason
    for batch in batches:
        await reader.done(batch)
    await bus.leave(reader)


async def test_several_readers_share(bus: Bus) -> None:
    """Between them the readers of a group get every click, and each its share."""
    async with AsyncExitStack() as stack:
        readers = [await bus.join() for _ in range(2)]
        for reader in readers:
            stack.push_async_callback(bus.leave, reader)
        sent: list[JournaledClick] = []
        shares: list[list[BusClick]] = [[] for _ in readers]
        # A reader may join so late that the other one has got everything by then.
        while not all(shares):
            more = [
                click
                for number in range(40)
                for click in clicks_on(f"code{number}", 5, first=len(sent) + 1)
            ]
            await bus.publisher.publish(more)
            sent += more
            while identities([*shares[0], *shares[1]]) != identities(sent):
                for reader, share in zip(readers, shares, strict=True):
                    batch = await reader.read(limit=50, within=0.1)
                    share.extend(batch.clicks)
                    await reader.done(batch)
