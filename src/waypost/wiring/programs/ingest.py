"""The parts of an ingest worker: the bus, the count, and the dead letters."""

import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from waypost.adapters.kafka.consuming.subscription import KafkaSubscription
from waypost.adapters.kafka.dead_letters import KafkaDeadLetters
from waypost.adapters.local import SystemClock
from waypost.config import Settings
from waypost.ports.bus import ClickSubscription
from waypost.services.clicks.bus_counter import (
    BatchLimits,
    BusCounter,
    CountContext,
)
from waypost.services.clicks.gaps import GapLoop
from waypost.telemetry.health import Check
from waypost.telemetry.metrics import Metrics
from waypost.wiring.gathering import gathering_seconds
from waypost.wiring.parts.kafka import kafka_connection
from waypost.wiring.parts.shared import open_shared
from waypost.wiring.parts.store import open_store
from waypost.wiring.topology import topology_of

CLAIM_SECONDS: Final = 30.0
"""How long clicks in a stream wait for the worker that has read them, if it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """An ingest worker, for as long as it lives."""

    loops: Sequence[BusCounter]
    """One for each route of clicks; they run side by side."""
    gaps: GapLoop
    """Detects clicks that do not arrive."""
    metrics: Metrics
    checks: Mapping[str, Check]
    """What the worker needs in order to be ready, by name."""


@asynccontextmanager
async def open_ingest(settings: Settings) -> AsyncIterator[Ingest]:
    """Open what counts the clicks of all edges.

    Kafka need not answer yet, and Redis never. *settings* have passed `check_process`.

    Raises:
        DatabaseRefused: The database cannot be used.
        BackendUnavailable: It does not answer.
    """
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings))
        letters = await stack.enter_async_context(aclosing(_dead_letters(settings)))
        shared = await stack.enter_async_context(open_shared(settings))
        streams = await stack.enter_async_context(_open_streams(settings))
        kafka = await stack.enter_async_context(aclosing(_kafka(settings, metrics)))
        routes: dict[str, ClickSubscription] = {"kafka": kafka, **streams}
        assert store.gaps is not None, (
            "a store that other processes cannot use was refused"
        )
        hot = shared.hot if shared else None
        context = CountContext(
            storage=store.storage, dead_letters=letters, hot=hot, metrics=metrics
        )
        limits = BatchLimits(
            clicks=settings.INGESTION_BATCH_SIZE, seconds=gathering_seconds(settings)
        )
        yield Ingest(
            loops=[
                BusCounter(subscription, route=route, limits=limits, context=context)
                for route, subscription in routes.items()
            ],
            gaps=GapLoop(
                gaps=store.gaps,
                hot=hot,
                clock=SystemClock(),
                metrics=metrics,
                bound_seconds=settings.CLICK_GAP_SECONDS,
            ),
            metrics=metrics,
            checks={"database": store.storage.ping, "kafka": kafka.ping},
        )


def _kafka(settings: Settings, metrics: Metrics) -> KafkaSubscription:
    return KafkaSubscription(
        kafka_connection(settings),
        topic=settings.KAFKA_CLICK_TOPIC,
        group=settings.KAFKA_CONSUMER_GROUP,
        metrics=metrics,
    )


def _dead_letters(settings: Settings) -> KafkaDeadLetters:
    return KafkaDeadLetters(
        kafka_connection(settings), topic=settings.KAFKA_CLICK_TOPIC
    )


@asynccontextmanager
async def _open_streams(
    settings: Settings,
) -> AsyncIterator[Mapping[str, ClickSubscription]]:
    """Open the streams of clicks that Kafka could not take, if there is Redis."""
    if not topology_of(settings).has_redis:
        yield {}
        return
    # Redis is optional, and so is its driver.
    from waypost.adapters.redis.subscription import RedisStreamSubscription
    from waypost.wiring.parts.redis import STREAM_SECONDS, open_node

    keys = {
        settings.CLICK_FALLBACK_STREAM_KEY: "redis",
        settings.CLICK_STREAM_KEY: "redis_of_others",
    }
    async with open_node(
        settings, name="stream", timeout_seconds=STREAM_SECONDS
    ) as node:
        yield {
            route: RedisStreamSubscription(
                node,
                key=key,
                group=settings.KAFKA_CONSUMER_GROUP,
                consumer=f"{socket.gethostname()}-{os.getpid()}",
                claim_seconds=CLAIM_SECONDS,
            )
            for key, route in keys.items()
        }
