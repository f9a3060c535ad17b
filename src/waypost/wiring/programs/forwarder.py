"""The parts of the forwarder: a journal, two routes to the bus, the hot links."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

from waypost.adapters.journal.files.readers import ReaderFile, reader_lock
from waypost.adapters.journal.reading.follower import JournalFollower
from waypost.adapters.kafka.publisher import KafkaPublisher
from waypost.config import Settings
from waypost.ports.bus import ClickPublisher
from waypost.ports.hot_links import HotLinks
from waypost.ports.journal import BUS, ROWS, JournalFeed
from waypost.services.analytics.kafka_trail import KafkaTrail
from waypost.services.clicks.failover import Failover, Route
from waypost.services.clicks.forward import (
    ForwardContext,
    Forwarded,
    ForwardLoop,
    Trail,
)
from waypost.telemetry.metrics import Metrics
from waypost.wiring.parts.kafka import kafka_connection
from waypost.wiring.topology import topology_of

INTERVAL_SECONDS = 0.05
"""How often the journal is read while no clicks come."""

BATCH_CLICKS = 5_000
"""How many clicks are read, published and confirmed together at most: about 0.2 s of
work while a backlog is sent, and 10 MB."""

STREAM_MAX_CLICKS = 500_000
"""How many clicks Redis keeps at most while Kafka is away, about 400 MB of its
memory. More stay in the journals, which have the room."""


@asynccontextmanager
async def open_forwarder(
    settings: Settings, report: Callable[[Forwarded], None]
) -> AsyncIterator[ForwardLoop]:
    """Open what forwards the journal of *settings*; *report* gets the results.

    Waits for the process that forwards it now.

    Raises:
        OSError: The disk refuses, or there is no journal.
    """
    folder = settings.journal_folder
    async with AsyncExitStack() as stack:
        feed = JournalFollower(folder, metrics=Metrics())
        await stack.enter_async_context(reader_lock(folder, BUS))
        stream, hot = await stack.enter_async_context(_open_redis(settings))
        kafka = Route(
            "kafka", await stack.enter_async_context(aclosing(_kafka(settings)))
        )
        yield ForwardLoop(
            ForwardContext(
                feed=feed,
                positions=ReaderFile(folder, BUS),
                routes=Failover(
                    kafka, fallback=Route("redis", stream) if stream else None
                ),
                hot=hot,
                trail=_trail(settings, feed, kafka),
            ),
            report=report,
            interval=INTERVAL_SECONDS,
            limit=BATCH_CLICKS,
        )


def _trail(settings: Settings, feed: JournalFeed, kafka: Route) -> Trail | None:
    """Return what has in Kafka what went by Redis; None: no reports need it."""
    if not topology_of(settings).has_reports:
        return None
    return KafkaTrail(
        feed=feed,
        positions=ReaderFile(settings.journal_folder, ROWS),
        kafka=kafka.publisher,
        route=kafka.name,
        limit=BATCH_CLICKS,
    )


def _kafka(settings: Settings) -> KafkaPublisher:
    return KafkaPublisher(
        kafka_connection(settings),
        topic=settings.KAFKA_CLICK_TOPIC,
        partitions=settings.KAFKA_CLICK_PARTITIONS,
        compression=settings.KAFKA_COMPRESSION,
    )


@asynccontextmanager
async def _open_redis(
    settings: Settings,
) -> AsyncIterator[tuple[ClickPublisher | None, HotLinks | None]]:
    """Open the route to the bus while Kafka is away, and the hot links."""
    if not topology_of(settings).has_redis:
        yield None, None
        return
    # Redis is optional, and so is its driver.
    from waypost.adapters.redis.stream import RedisStreamPublisher
    from waypost.wiring.parts.redis import STREAM_SECONDS, hot_links, open_node

    async with (
        open_node(settings) as node,
        open_node(
            settings, name="stream", timeout_seconds=STREAM_SECONDS
        ) as stream_node,
    ):
        stream = RedisStreamPublisher(
            stream_node,
            key=settings.CLICK_FALLBACK_STREAM_KEY,
            max_entries=STREAM_MAX_CLICKS,
        )
        yield stream, hot_links(settings, node)
