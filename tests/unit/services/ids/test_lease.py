"""The first of several sources: order, rests, and a last resort."""

import asyncio

import pytest
from structlog.testing import capture_logs

from tests.fakes import SettableClock
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.services.ids.lease import REST_SECONDS, Candidate, FirstAvailable
from waypost.telemetry.metrics import Metrics


class MoodyBlocks(MemoryBlocks):
    """Leases from an own range of ids; can be away, or frozen."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self._next_id = first
        self.asked = 0
        self.available = True
        self.cause: Exception | None = None
        self.thawed = asyncio.Event()
        self.thawed.set()

    async def lease(self, size: int) -> IdBlock:
        """Return the next block, unless it is away or frozen."""
        self.asked += 1
        await self.thawed.wait()
        if not self.available:
            raise BackendUnavailable from self.cause
        return await super().lease(size)


class Sources:
    """Three sources, whose ids begin at 1,000, 2,000 and 3,000."""

    def __init__(self) -> None:
        self.first, self.second, self.last = map(MoodyBlocks, (1000, 2000, 3000))
        self.clock = SettableClock()
        self.metrics = Metrics()
        self.all = FirstAvailable(
            [
                Candidate(name=name, source=source, timeout_seconds=0.5)
                for name, source in (
                    ("first", self.first),
                    ("second", self.second),
                    ("last", self.last),
                )
            ],
            metrics=self.metrics,
            monotonic=self.clock.monotonic,
        )

    async def start(self) -> int:
        """Lease a block, and return where it starts."""
        return (await self.all.lease(10)).start


@pytest.fixture
async def sources() -> Sources:
    """Sources that all work."""
    return Sources()


async def test_the_first_one_is_asked(sources: Sources) -> None:
    """While it works, no other source is called."""
    assert [await sources.start() for _ in range(3)] == [1000, 1010, 1020]
    assert (sources.second.asked, sources.last.asked) == (0, 0)


async def test_the_next_one_stands_in(sources: Sources) -> None:
    """If a source fails, the next one leases a block of the same size."""
    sources.first.available = False
    assert await sources.start() == 2000


async def test_who_failed_is_left_alone_for_a_while(sources: Sources) -> None:
    """It is asked once per rest, and at once again when it works."""
    sources.first.available = False
    await sources.start()
    sources.first.available = True
    sources.clock.move(REST_SECONDS / 2)
    assert await sources.start() == 2010
    sources.clock.move(REST_SECONDS / 2)
    assert [await sources.start() for _ in range(2)] == [1000, 1010]
    assert sources.second.asked == 2


async def test_a_frozen_one_is_given_up(sources: Sources) -> None:
    """A source that does not answer in time counts as failed."""
    sources.first.thawed.clear()
    with capture_logs() as logs:
        assert [await sources.start() for _ in range(2)] == [2000, 2010]
    assert sources.first.asked == 1
    assert [one["kind"] for one in logs] == ["TimeoutError"]


@pytest.mark.slow
async def test_one_at_a_time_finds_out(sources: Sources) -> None:
    """After the rest one caller tries the frozen source, and the others do not wait."""
    sources.first.thawed.clear()
    await sources.start()
    sources.clock.move(REST_SECONDS)
    await asyncio.gather(*(sources.start() for _ in range(10)))
    assert sources.first.asked == 2


async def test_the_last_one_is_always_asked(sources: Sources) -> None:
    """No source is behind it, so it is called even after a recent failure."""
    for source in (sources.first, sources.second, sources.last):
        source.available = False
    with pytest.raises(BackendUnavailable):
        await sources.start()
    sources.last.available = True
    assert await sources.start() == 3000
    assert sources.first.asked == 1


async def test_a_cancelled_lease_leaves_no_trace(sources: Sources) -> None:
    """A caller that gives up says nothing about the source."""
    sources.first.thawed.clear()
    leaving = asyncio.create_task(sources.start())
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    sources.first.thawed.set()
    assert await sources.start() == 1000


async def test_leases_and_failures_are_counted(sources: Sources) -> None:
    """The metric shows which source leased, and which could not."""
    sources.first.available = False
    await sources.start()

    def count(source: str, outcome: str) -> float | None:
        labels = {"source": source, "outcome": outcome}
        return sources.metrics.registry.get_sample_value(
            "waypost_id_leases_total", labels
        )

    assert (count("first", "failed"), count("second", "leased")) == (1, 1)


async def test_a_source_rests_for_a_second(sources: Sources) -> None:
    """Not longer: it may be the only one that is near."""
    sources.first.available = False
    await sources.start()
    sources.first.available = True
    sources.clock.move(0.99)
    assert await sources.start() == 2010
    sources.clock.move(0.01)
    assert await sources.start() == 1000


async def test_an_outage_is_logged_once(sources: Sources) -> None:
    """When it begins, with what went wrong, and when it is over."""
    with capture_logs() as logs:
        sources.first.available = False
        for _ in range(3):
            await sources.start()
            sources.clock.move(REST_SECONDS)
        sources.first.available = True
        for _ in range(2):
            await sources.start()
        sources.first.cause = ConnectionRefusedError()
        sources.first.available = False
        await sources.start()
    logged = [(one["event"], one["source"], one.get("kind")) for one in logs]
    assert logged == [
        ("ids.source_failed", "first", "BackendUnavailable"),
        ("ids.source_back", "first", None),
        ("ids.source_failed", "first", "ConnectionRefusedError"),
    ]
