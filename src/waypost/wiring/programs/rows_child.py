"""The parts of the process that stores a journal's clicks for reports."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

import msgspec

from waypost.adapters.journal.files.readers import folder_name, reader_lock
from waypost.adapters.journal.reading.follower import JournalFollower
from waypost.adapters.local import SystemClock
from waypost.config import Settings
from waypost.ports.journal import ROWS
from waypost.services.analytics.store_journal import StoreContext, Stored, StoreLoop
from waypost.telemetry.growth import CounterGrowth
from waypost.telemetry.metrics import Metrics
from waypost.wiring.analytics.enrichment import EnricherWhenNeeded, open_enricher
from waypost.wiring.analytics.store import open_click_store
from waypost.wiring.jobs.scheduled import WithJobs

INTERVAL_SECONDS: Final = 0.5
"""How often the journal is read while no clicks come."""

BATCH_CLICKS: Final = 5_000
"""How many clicks are read, enriched and stored together at most."""


@asynccontextmanager
async def open_journal_rows(
    settings: Settings, report: Callable[[Stored], None]
) -> AsyncIterator[WithJobs]:
    """Open what stores the journal of *settings*; *report* gets the results.

    Waits for the process that stores it now.

    Raises:
        OSError: The disk refuses, or there is no journal.
        BackendUnavailable: The store of clicks cannot be opened.
    """
    folder = settings.journal_folder
    metrics = Metrics()
    counted = CounterGrowth(metrics.enrichment.counters())
    async with AsyncExitStack() as stack:
        feed = JournalFollower(folder, metrics=metrics)
        await stack.enter_async_context(reader_lock(folder, ROWS))
        store = await stack.enter_async_context(open_click_store(settings))
        opening = partial(
            open_enricher, settings, salts=store, clock=SystemClock(), metrics=metrics
        )
        loop = StoreLoop(
            StoreContext(
                feed=feed,
                enrich=EnricherWhenNeeded(opening),
                rows=store,
                source=folder_name(folder, ROWS),
            ),
            report=lambda stored: report(
                msgspec.structs.replace(stored, growth=counted.take())
            ),
            interval=INTERVAL_SECONDS,
            limit=BATCH_CLICKS,
        )
        yield WithJobs(loop, settings, store)
