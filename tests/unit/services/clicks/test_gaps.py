"""Missing clicks are reported once, in metrics and log, and are no longer pending."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from tests.contract.stored import count, ranges
from tests.fakes import SettableClock
from waypost.adapters.sql.statements.gaps import SqlGaps
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import BackendUnavailable
from waypost.services.clicks.gaps import GapLoop
from waypost.telemetry.metrics import Metrics


class Pending:
    """Remembers which lanes were forgotten; a `HotLinks`."""

    def __init__(self) -> None:
        self.forgotten: list[set[int]] = []
        self.is_away = False

    async def add(self, clicks: Mapping[str, int]) -> None:
        """It is not called here."""

    async def settle(self, clicks: Mapping[str, int]) -> None:
        """It is not called here."""

    async def forget(self, lanes: Collection[int]) -> None:
        """Remember *lanes*."""
        if self.is_away:
            raise BackendUnavailable
        self.forgotten.append(set(lanes))

    async def pending(self, code: str) -> int:
        """It is not called here."""
        raise NotImplementedError(code)

    async def hottest(self, *, limit: int) -> Sequence[str]:
        """It is not called here."""
        raise NotImplementedError(limit)

    async def fade(self, *, every_seconds: int) -> None:
        """Do nothing: only the warmer calls it."""


class Worker:
    """A loop over a database, and the time between its rounds."""

    def __init__(self, storage: SqlStorage) -> None:
        self.storage = storage
        self.gaps = SqlGaps(storage.database)
        self.hot = Pending()
        self.metrics = Metrics()
        self.clock = SettableClock()
        self.pauses: list[float] = []
        self._paused = asyncio.Semaphore(0)
        self._goes_on = asyncio.Semaphore(0)

    async def _pause(self, _until: asyncio.Event, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.move(seconds)
        self._paused.release()
        await self._goes_on.acquire()

    async def round(self) -> None:
        """Return once a round is over."""
        self._goes_on.release()
        await self._paused.acquire()

    @asynccontextmanager
    async def looking(self, *, bound_seconds: float = 600) -> AsyncIterator[None]:
        """Run a loop of a new process meanwhile; its first round is over."""
        loop = GapLoop(
            gaps=self.gaps,
            hot=self.hot,
            clock=self.clock,
            metrics=self.metrics,
            bound_seconds=bound_seconds,
        )
        loop._rounds._pause = self._pause
        task = asyncio.create_task(loop.run())
        await self._paused.acquire()
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def value(self, name: str) -> float | None:
        """Return the value of the metric *name*."""
        return self.metrics.registry.get_sample_value(name)

    @property
    def missing(self) -> float | None:
        """The value of the metric of missing clicks."""
        return self.value("waypost_clicks_missing")


@pytest.fixture
async def worker(database_url: str) -> AsyncIterator[Worker]:
    """A worker over an empty database."""
    storage = await SqlStorage.open(database_url, timeout_seconds=0.5)
    yield Worker(storage)
    await storage.aclose()


async def test_missing_clicks_are_reported_once(worker: Worker) -> None:
    """After the bound, by any process that looks then, and until they are counted."""
    await count(worker.storage, counted={"j": {3: ranges((4, 7)), 5: ranges((2, 2))}})
    with capture_logs() as logs:
        async with worker.looking():
            for _ in range(5):
                await worker.round()
            assert (worker.missing, logs) == (0, [])
        async with worker.looking():
            for _ in range(5):
                await worker.round()
    assert worker.pauses[-1] == 60
    assert worker.missing == 4
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("clicks.missing", "error")
    ] * 2
    first = {name: logs[0][name] for name in ("journal", "lane", "first", "last")}
    assert first == {"journal": "j", "lane": 3, "first": 1, "last": 3}
    assert [line["clicks"] for line in logs] == [3, 1]
    assert worker.hot.forgotten == [{3, 5}]


async def test_clicks_that_are_counted_after_all(worker: Worker) -> None:
    """The log says how many, and the metric falls."""
    await count(worker.storage, counted={"j": {3: ranges((6, 7))}})
    async with worker.looking(bound_seconds=1):
        for _ in range(10):
            await worker.round()
        assert worker.missing == 5
        await count(worker.storage, counted={"j": {3: ranges((1, 2), (4, 7))}})
        with capture_logs() as logs:
            await worker.round()
            await worker.round()
        assert worker.missing == 1
    [line] = logs
    assert (line["event"], line["clicks"]) == ("clicks.counted_late", 4)


async def test_many_gaps_are_summed_up(worker: Worker) -> None:
    """A disaster does not fill the log."""
    lanes = {lane: ranges((3, 3)) for lane in range(64)}
    await count(worker.storage, counted={"j": lanes})
    with capture_logs() as logs:
        async with worker.looking(bound_seconds=1):
            for _ in range(10):
                await worker.round()
    assert worker.missing == 128
    assert [line["event"] for line in logs] == [
        *["clicks.missing"] * 10,
        "clicks.more_missing",
    ]
    assert (logs[-1]["gaps"], logs[-1]["clicks"]) == (54, 108)


async def test_pending_clicks_are_forgotten_although_redis_was_away(
    worker: Worker,
) -> None:
    """The next round tries it again, and only until it has succeeded."""
    await count(worker.storage, counted={"j": {3: ranges((6, 7))}})
    worker.hot.is_away = True
    async with worker.looking(bound_seconds=1):
        for _ in range(11):
            await worker.round()
        assert worker.missing == 5
        worker.hot.is_away = False
        for _ in range(3):
            await worker.round()
    assert worker.hot.forgotten == [{3}]


async def test_a_round_that_fails(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error is logged in full once, and the next round succeeds."""
    with capture_logs() as logs:
        async with worker.looking():
            before = worker.value("waypost_clicks_missing_timestamp_seconds")
            with monkeypatch.context() as patch:
                patch.setattr(worker.clock, "now", lambda: 1 / 0)
                await worker.round()
                await worker.round()
            await worker.round()
    [line] = logs
    assert (line["event"], line["cause"]) == ("gaps.round_failed", "ZeroDivisionError")
    assert isinstance(line["exc_info"], ZeroDivisionError)
    after = worker.value("waypost_clicks_missing_timestamp_seconds")
    assert before is not None
    assert after == pytest.approx(before + sum(worker.pauses[-4:-1]), abs=0.001)
