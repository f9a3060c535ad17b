"""The parts of a worker that stores the clicks of the bus for reports."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from waypost.adapters.kafka.consuming.subscription import KafkaWholeSubscription
from waypost.adapters.local import SystemClock
from waypost.config import Settings
from waypost.services.analytics.store_bus import BusStore, BusStoreContext
from waypost.services.clicks.bus_counter import BatchLimits
from waypost.telemetry.health import Check
from waypost.telemetry.metrics import Metrics
from waypost.wiring.analytics.enrichment import open_enricher
from waypost.wiring.analytics.store import open_click_store
from waypost.wiring.jobs.scheduled import WithJobs
from waypost.wiring.parts.kafka import kafka_connection

BATCH: Final = BatchLimits(clicks=10_000, seconds=1.0)
"""What is stored together at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A worker that stores clicks, for as long as it lives."""

    loop: WithJobs
    metrics: Metrics
    checks: Mapping[str, Check]
    """What the worker needs in order to be ready, by name."""


@asynccontextmanager
async def open_rows(settings: Settings) -> AsyncIterator[Rows]:
    """Open what stores the clicks of all edges.

    Kafka need not answer yet. *settings* have passed `check_process`.

    Raises:
        DatabaseRefused: The store of clicks cannot be used.
        BackendUnavailable: It does not answer.
    """
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_click_store(settings))
        enricher = open_enricher(
            settings, salts=store, clock=SystemClock(), metrics=metrics
        )
        kafka = await stack.enter_async_context(
            aclosing(
                KafkaWholeSubscription(
                    kafka_connection(settings),
                    topic=settings.KAFKA_CLICK_TOPIC,
                    group=settings.KAFKA_ROWS_GROUP,
                    metrics=metrics,
                )
            )
        )
        yield Rows(
            loop=WithJobs(
                BusStore(
                    BusStoreContext(
                        subscription=kafka,
                        enrich=enricher.enrich,
                        rows=store,
                        metrics=metrics.rows,
                    ),
                    limits=BATCH,
                ),
                settings,
                store,
            ),
            metrics=metrics,
            checks={"kafka": kafka.ping},
        )
