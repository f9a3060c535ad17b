"""Counting what comes by the bus: once, in spite of failures, and to the end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec
import pytest
from structlog.testing import capture_logs

from tests.unit.services.clicks.bus import LetterList, ListBus, bus_click
from tests.unit.services.clicks.test_isolate import PickyStorage, counted
from tests.unit.services.pauses import Pauses, assert_doubling
from waypost.domain.clicks import lane_of
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import Undecodable
from waypost.ports.storage import Transaction
from waypost.services.clicks.bus_counter import (
    BatchLimits,
    BusCounter,
    CountContext,
)
from waypost.telemetry.metrics import Metrics

RUBBISH = Undecodable(b"\x00", "JSON is malformed", b"key", "clicks/0/7")


class Settled:
    """Hot links that remember what was settled."""

    def __init__(self) -> None:
        self.clicks: list[Mapping[str, int]] = []
        self.is_away = False
        self.mistakes: list[Exception] = []

    async def add(self, clicks: Mapping[str, int]) -> None:
        """Do nothing."""

    async def settle(self, clicks: Mapping[str, int]) -> None:
        """Remember *clicks*."""
        if self.mistakes:
            raise self.mistakes.pop()
        if self.is_away:
            raise BackendUnavailable
        self.clicks.append(clicks)

    async def forget(self, lanes: Collection[int]) -> None:
        """It is not called here."""

    async def pending(self, code: str) -> int:
        """Return nothing."""
        return 0

    async def hottest(self, *, limit: int) -> Sequence[str]:
        """Return nothing."""
        return []

    async def fade(self, *, every_seconds: int) -> None:
        """Do nothing: only the warmer calls it."""


class Worker:
    """A loop with everything around it, which runs until its bus is empty."""

    def __init__(self, bus: ListBus, storage: PickyStorage | None = None) -> None:
        self.bus = bus
        self.storage = storage or PickyStorage([], ValueError)
        self.letters = LetterList()
        self.hot = Settled()
        self.metrics = Metrics()
        self.pauses = Pauses()
        self.loop = BusCounter(
            bus,
            route="kafka",
            limits=BatchLimits(clicks=100, seconds=0.01),
            context=CountContext(
                storage=self.storage,
                dead_letters=self.letters,
                hot=self.hot,
                metrics=self.metrics,
            ),
        )
        self.loop._reading._pause = self.loop._counting._pause = self.pauses

    async def run(self) -> None:
        """Run until everything is done."""
        running = asyncio.create_task(self.loop.run())
        await self.bus.emptied.wait()
        self.loop.stop()
        await running

    def value(self, name: str) -> float | None:
        """Return the value of the metric *name*."""
        return self.metrics.registry.get_sample_value(name)


async def test_counts_and_settles() -> None:
    """Each batch is counted, done, and taken off what is pending."""
    one, two = bus_click(1, 1), bus_click(2, 1)
    worker = Worker(ListBus([one, two], [bus_click(1, 2)]))
    await worker.run()
    assert await counted(worker.storage) == {1: 2, 2: 1}
    assert worker.hot.clicks == [{"c1": 1, "c2": 1}, {"c1": 1}]
    assert worker.value("waypost_clicks_counted_total") == 3
    assert worker.value("waypost_ingest_failures_total") == 0


async def test_duplicates() -> None:
    """A click that comes again is not counted, and settled nevertheless."""
    one = bus_click(1, 1)
    worker = Worker(ListBus([one, one], [one, bus_click(1, 2)]))
    await worker.run()
    assert await counted(worker.storage) == {1: 2}
    assert worker.value("waypost_clicks_duplicate_total") == 2
    assert worker.hot.clicks == [{"c1": 2}, {"c1": 2}]


async def test_records_that_are_no_clicks() -> None:
    """They are kept as they are before the batch is done; the others count."""
    worker = Worker(ListBus([RUBBISH, bus_click(1, 1)], [RUBBISH]))
    worker.letters.is_away = True
    await worker.run()
    assert worker.letters.kept == [(RUBBISH, 1), (RUBBISH, 1)]
    assert await counted(worker.storage) == {1: 1}
    assert worker.value("waypost_dead_letters_total") == 2
    assert worker.value("waypost_ingest_failures_total") == 1


async def test_a_poisonous_click() -> None:
    """It goes to the dead letters with its original bytes; its neighbours count."""
    good = [bus_click(1, at) for at in range(1, 20)]
    poison = bus_click(666, 777)
    worker = Worker(
        ListBus([*good[:9], poison, *good[9:]], [bus_click(1, 20)]),
        PickyStorage([666], KeyError),
    )
    await worker.run()
    original = Undecodable(b"original of 777", "Counting failed: KeyError", b"c666")
    assert worker.letters.kept == [(original, 3)]
    assert await counted(worker.storage) == {1: 20}


@pytest.mark.slow
async def test_a_poisonous_click_that_cannot_be_kept() -> None:
    """The batch is not done before its dead letters are kept."""
    worker = Worker(
        ListBus([bus_click(1, 1), bus_click(666, 777)]), PickyStorage([666], KeyError)
    )
    worker.letters.failures = [BackendUnavailable(), BackendUnavailable()]
    await worker.run()
    assert [letter.key for letter, _ in worker.letters.kept] == [b"c666"]
    assert await counted(worker.storage) == {1: 1}


async def test_clicks_that_stand_for_several() -> None:
    """What other programs put on the bus may be several clicks in one record.

    None counts again that comes again, or lies below what the place has settled.
    """
    several = msgspec.structs.replace(bus_click(1, 7), delta=3)
    settled = msgspec.structs.replace(bus_click(1, 2), delta=5)
    worker = Worker(ListBus([several, bus_click(2, 8)], [several, settled]))
    worker.bus.settled = {"j": 2}
    await worker.run()
    assert await counted(worker.storage) == {1: 3, 2: 1}
    assert worker.hot.clicks == [{"c1": 3, "c2": 1}, {"c1": 8}]
    assert worker.value("waypost_clicks_counted_total") == 4
    assert worker.value("waypost_clicks_duplicate_total") == 8


@pytest.mark.parametrize("error", [BackendUnavailable, OSError, ValueError])
async def test_a_bus_that_is_away(error: Callable[[], Exception]) -> None:
    """Reading is tried again."""
    bus = ListBus([bus_click(1, 1)])
    bus.failures = [error() for _ in range(4)]
    worker = Worker(bus)
    with capture_logs() as logs:
        await worker.run()
    assert await counted(worker.storage) == {1: 1}
    [line] = [line for line in logs if line["log_level"] == "error"]
    assert (line["event"], line["failures"]) == ("ingest.failed", 1)
    assert bool(line["exc_info"]) == (error is not BackendUnavailable)
    assert worker.value("waypost_ingest_failures_total") == 4


async def test_a_bus_that_is_away_again_and_again() -> None:
    """The worker waits longer after each failure, and briefly after a success."""
    bus = ListBus([bus_click(1, 1)], [bus_click(1, 2)], [bus_click(1, 3)])
    bus.failures_between = [BackendUnavailable()] * 12
    worker = Worker(bus)
    await worker.run()
    assert await counted(worker.storage) == {1: 3}
    assert len(worker.pauses.seconds) == 24
    assert_doubling(worker.pauses.seconds[:12], first=0.2)
    assert_doubling(worker.pauses.seconds[12:], first=0.2)


async def test_a_store_that_is_away() -> None:
    """The same batch is tried until it is counted, before any other."""
    storage = PickyStorage([], ValueError)
    failures = [BackendUnavailable() for _ in range(5)]
    real = storage.transaction

    @asynccontextmanager
    async def shaky() -> AsyncIterator[Transaction]:
        if len(failures) % 2:
            raise failures.pop()
        async with real() as transaction:
            yield transaction
        if failures:  # committed, without an answer
            raise failures.pop()

    storage.transaction = shaky  # type: ignore[method-assign]  # shaky for a while
    worker = Worker(
        ListBus([bus_click(1, 1), bus_click(1, 2)], [bus_click(1, 3)]), storage
    )
    await worker.run()
    assert not failures
    assert_doubling(worker.pauses.seconds, first=0.2)
    assert await counted(storage) == {1: 3}
    assert [len(batch.clicks) for batch in worker.bus.done_batches] == [2, 1]
    assert worker.letters.kept == []


@pytest.mark.parametrize("error", [BackendUnavailable, RuntimeError])
async def test_a_bus_that_gets_no_confirmation(error: Callable[[], Exception]) -> None:
    """What could not be done comes again, and counts once."""
    bus = ListBus([bus_click(1, 1)], [bus_click(1, 2)])
    bus.done_failures = [error()]
    worker = Worker(bus)
    with capture_logs() as logs:
        await worker.run()
    assert await counted(worker.storage) == {1: 2}
    (line,) = [line for line in logs if line["event"] == "ingest.failed"]
    assert (line["exc_info"] is None) == (error is BackendUnavailable)


async def test_hot_links_are_best_effort() -> None:
    """Counting goes on without them."""
    worker = Worker(ListBus([bus_click(1, 1)]))
    worker.hot.is_away = True
    await worker.run()
    assert await counted(worker.storage) == {1: 1}


async def test_a_mistake_in_what_hot_links_do() -> None:
    """It is logged in full, and what comes behind it is counted, each click once."""
    worker = Worker(ListBus([bus_click(1, 1)], [bus_click(1, 2)], [bus_click(1, 3)]))
    worker.hot.mistakes = [RuntimeError("a mistake")]
    with capture_logs() as logs:
        await worker.run()
    assert await counted(worker.storage) == {1: 3}
    [line] = [line for line in logs if line["event"] == "ingest.failed"]
    assert isinstance(line["exc_info"], RuntimeError)


async def test_unknown_links() -> None:
    """Clicks on links that the store does not know are dead letters, and no counts."""
    clicks = [bus_click(1, 1), bus_click(5_000, 8), bus_click(5_000, 9)]
    worker = Worker(ListBus(clicks, clicks, [bus_click(1, 2)]))
    with capture_logs() as logs:
        await worker.run()
    assert await counted(worker.storage) == {1: 2}
    assert worker.letters.kept == [
        (Undecodable(b"original of %d" % at, "unknown-link", b"c5000"), 1)
        for at in (8, 9)
    ]
    assert worker.value("waypost_clicks_unknown_link_total") == 2
    assert worker.value("waypost_dead_letters_total") == 2
    assert worker.value("waypost_clicks_counted_total") == 2
    assert worker.value("waypost_clicks_duplicate_total") == 3
    assert [line["clicks"] for line in logs if "unknown" in line["event"]] == [2]
    # They leave no gap, or a lane of them would take ever longer to count.
    async with worker.storage.transaction() as transaction:
        lanes = await transaction.clicks.counted("j")
    assert lanes[lane_of("c5000")].ranges == ((8, 9),)


async def test_unknown_links_while_dead_letters_cannot_be_kept() -> None:
    """Nothing is committed before they are kept."""
    worker = Worker(ListBus([bus_click(1, 1), bus_click(5_000, 8)]))
    worker.letters.failures = [BackendUnavailable(), BackendUnavailable()]
    await worker.run()
    assert await counted(worker.storage) == {1: 1}
    assert len(worker.letters.kept) == 1
    assert worker.value("waypost_clicks_duplicate_total") == 0
    assert worker.value("waypost_clicks_unknown_link_total") == 1


async def test_a_mistake_while_counting() -> None:
    """An unexpected error is logged in full, and the batch is counted all the same."""
    worker = Worker(ListBus([RUBBISH, bus_click(1, 1)], [bus_click(1, 2)]))
    worker.letters.failures = [RuntimeError("a mistake"), RuntimeError("another")]
    with capture_logs() as logs:
        await worker.run()
    assert await counted(worker.storage) == {1: 2}
    assert worker.letters.kept == [(RUBBISH, 1)]
    [line] = [line for line in logs if line["event"] == "ingest.failed"]
    assert isinstance(line["exc_info"], RuntimeError)
    assert (line["cause"], line["failures"]) == ("RuntimeError", 1)
    assert worker.value("waypost_ingest_failures_total") == 2
    assert_doubling(worker.pauses.seconds, first=0.2)


async def test_an_outage_while_counting_again_and_again() -> None:
    """The worker waits briefly again once a batch was counted in between."""
    worker = Worker(ListBus([RUBBISH], [bus_click(1, 1)], [RUBBISH]))
    away = BackendUnavailable()
    worker.letters.failures = [*[away] * 4, None, *[away] * 3]
    await worker.run()
    assert len(worker.pauses.seconds) == 7
    assert_doubling(worker.pauses.seconds[:4], first=0.2)
    assert_doubling(worker.pauses.seconds[4:], first=0.2)


@pytest.mark.parametrize(
    ("ages", "lag"), [([9_000, 100], 100), ([100, 0], 0), ([100, -9_000], 0)]
)
async def test_lag(ages: Sequence[int], lag: int) -> None:
    """It is the age of the newest click, and never below zero."""
    now = time.time_ns()
    clicks = [
        msgspec.structs.replace(bus_click(1, at), time_ns=now - age * 10**9)
        for at, age in enumerate(ages, 1)
    ]
    worker = Worker(ListBus(clicks))
    await worker.run()
    found = worker.value("waypost_ingest_lag_seconds")
    assert found is not None
    assert lag <= found < lag + 1_000


async def test_stopping_during_an_outage() -> None:
    """A worker that cannot count ends without another attempt; the batch stays."""
    worker = Worker(ListBus([bus_click(1, 1)]), PickyStorage([1], BackendUnavailable))
    worker.pauses.is_endless = True
    running = asyncio.create_task(worker.loop.run())
    await worker.pauses.begun.wait()
    worker.loop.stop()
    await running
    assert worker.storage.transactions == 1
    assert len(worker.bus.waiting) == 1


async def test_stopping_while_the_bus_is_away() -> None:
    """A worker that cannot read ends although it waits for the bus."""
    bus = ListBus([bus_click(1, 1)])
    bus.failures = [BackendUnavailable()]
    worker = Worker(bus)
    worker.pauses.is_endless = True
    running = asyncio.create_task(worker.loop.run())
    await worker.pauses.begun.wait()
    worker.loop.stop()
    await running
    assert len(bus.waiting) == 1
