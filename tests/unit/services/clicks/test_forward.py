"""Forwarding: no click is lost and none overtakes another, after any failure."""

import asyncio
import time
from collections.abc import (
    AsyncIterator,
    Iterator,
    Sequence,
)
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.loop_time import LoopTime
from tests.unit.journal.samples import (
    open_journal,
    sample_click,
    segment_file,
    write_clicks,
)
from tests.unit.services.clicks.publishers import BreakablePublisher, Hot, Reports
from tests.unit.services.pauses import Pauses, assert_doubling
from waypost.adapters.journal.files.readers import ReaderFile
from waypost.adapters.journal.files.segments import list_segments
from waypost.adapters.journal.reading.follower import JournalFollower
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.domain.clicks import JournaledClick, JournalPosition
from waypost.ports.journal import BUS
from waypost.services.clicks.failover import Failover, Route
from waypost.services.clicks.forward import ForwardContext, Forwarded, ForwardLoop
from waypost.services.rounds import Pause, pause
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import HEADER_BYTES


class Killed(BaseException):
    """The process is gone: no handler runs."""


class Parts:
    """Everything that forwards one journal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kafka, self.redis, self.hot, self.reports = (
            BreakablePublisher(),
            BreakablePublisher(),
            Hot(),
            Reports(),
        )

    def loop(self, *, pause: Pause = pause) -> ForwardLoop:
        """Return a forwarder, as a new process would make it."""
        feed = JournalFollower(self.path, metrics=Metrics())
        loop = ForwardLoop(
            ForwardContext(
                feed=feed,
                positions=ReaderFile(self.path, BUS),
                routes=Failover(
                    Route("kafka", self.kafka),
                    fallback=Route("redis", self.redis),
                    retry_seconds=0.01,
                ),
                hot=self.hot,
            ),
            report=self.reports,
            interval=0.002,
            limit=7,
        )
        loop._loop._rounds._pause = pause
        return loop

    async def drain(self) -> None:
        """Forward what there is."""
        loop = self.loop()
        loop.stop()
        async with asyncio.timeout(120):
            await loop.run()

    async def position(self) -> JournalPosition | None:
        """Return the saved position."""
        (journal,) = {segment.journal for segment in list_segments(self.path)}
        return await ReaderFile(self.path, BUS).load(journal)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[ClickJournal]:
    """An open journal of short segments."""
    with open_journal(tmp_path, segment_bytes=2_000) as journal:
        yield journal


@pytest.fixture
def parts(journal: ClickJournal, tmp_path: Path) -> Parts:
    """What forwards *journal*."""
    return Parts(tmp_path)


@asynccontextmanager
async def _running(loop: ForwardLoop) -> AsyncIterator[None]:
    task = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_all_is_forwarded_in_order(journal: ClickJournal, parts: Parts) -> None:
    """Every click once, in order; the position is saved and reported."""
    write_clicks(journal, range(1, 51))
    await parts.drain()
    assert parts.kafka.links == [*range(1, 51)]
    assert await parts.position() == journal.position == parts.reports.all[-1].position
    assert sum(each.clicks for each in parts.reports.all) == 50
    assert {each.route for each in parts.reports.all if each.clicks} == {"kafka"}
    assert all(each.lag_seconds > 0 for each in parts.reports.all if each.clicks)
    assert parts.hot.clicks == {f"c{number}": 1 for number in range(1, 51)}
    await parts.drain()
    assert len(parts.kafka.links) == 50


async def test_clicks_that_come_later(journal: ClickJournal, parts: Parts) -> None:
    """The loop finds what is written while it runs."""
    async with _running(parts.loop()):
        for number in range(1, 6):
            write_clicks(journal, [number])
            await parts.reports.until(lambda each: each.clicks > 0)
    assert parts.kafka.links == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("step", ["publish", "confirm", "save", "saved", "hot"])
@pytest.mark.parametrize("at", [1, 2, 4])
async def test_killed(
    journal: ClickJournal,
    parts: Parts,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    at: int,
) -> None:
    """Wherever it is killed, its successor repeats some clicks and leaves out none."""
    write_clicks(journal, range(1, 41))
    with monkeypatch.context() as patch:
        _kill_at(patch, parts, step, at)
        with pytest.raises(Killed):
            await parts.drain()
    await parts.drain()
    assert [*dict.fromkeys(parts.kafka.links)] == [*range(1, 41)]
    assert len(parts.kafka.links) <= 47
    assert await parts.position() == journal.position


def _kill_at(patch: pytest.MonkeyPatch, parts: Parts, step: str, at: int) -> None:
    """Have the process end at the *at*-th time that it comes to *step*."""
    owner, name, before = {
        "publish": (BreakablePublisher, "publish", True),
        "confirm": (BreakablePublisher, "publish", False),
        "save": (ReaderFile, "save", True),
        "saved": (ReaderFile, "save", False),
        "hot": (Hot, "add", False),
    }[step]
    original = getattr(owner, name)
    left = at

    async def deadly(*args: object) -> None:
        nonlocal left
        left -= 1
        if before and not left:
            raise Killed
        await original(*args)
        if not left:
            raise Killed

    patch.setattr(owner, name, deadly)


async def test_kafka_away(journal: ClickJournal, parts: Parts) -> None:
    """What Kafka did not confirm goes to Redis, and what comes later back to Kafka."""
    write_clicks(journal, range(1, 8))
    parts.kafka.forgets_to_confirm = True
    async with _running(parts.loop()):
        await parts.reports.until(lambda each: each.route == "redis")
        parts.kafka.forgets_to_confirm = False
        last, route = 7, "redis"
        while route == "redis":
            last += 1
            write_clicks(journal, [last])
            route = (await parts.reports.until(lambda each: each.clicks > 0)).route
    assert parts.kafka.links == [*range(1, 8), last]
    assert parts.redis.links == [*range(1, last)]


async def test_both_away(journal: ClickJournal, parts: Parts) -> None:
    """The journal keeps what no route takes, and all of it goes once a route does."""
    parts.kafka.is_away = parts.redis.is_away = True
    write_clicks(journal, range(1, 31))
    with capture_logs() as logs:
        async with _running(parts.loop()):
            for _ in range(3):
                failed = await parts.reports.until(lambda each: each.failed)
            assert failed.lag_seconds > 0
            assert parts.reports.all[-1].position is None
            assert await parts.position() is None
            write_clicks(journal, range(31, 61))
            parts.kafka.is_away = False
            await parts.reports.until(lambda each: each.position == journal.position)
    assert parts.kafka.links == [*range(1, 61)]
    assert [(line["event"], line["failures"]) for line in logs] == [
        ("forward.failed", 1)
    ]
    assert logs[0]["exc_info"] is None


async def test_hints_may_fail(journal: ClickJournal, parts: Parts) -> None:
    """Hot links that are away, and a position that cannot be saved, stop nothing."""
    write_clicks(journal, range(1, 21))
    parts.hot.is_away = True
    (parts.path / "forwarded.tmp").mkdir()
    await parts.drain()
    assert parts.kafka.links == [*range(1, 21)]
    assert parts.reports.all[-1].position == journal.position
    assert await parts.position() is None


async def test_mistake_in_a_hint(journal: ClickJournal, parts: Parts) -> None:
    """An unexpected error there is logged in full, and forwarding goes on behind it."""
    write_clicks(journal, range(1, 21))
    parts.hot.mistakes = [RuntimeError("a mistake")]
    with capture_logs() as logs:
        async with _running(parts.loop()):
            await parts.reports.until(lambda each: each.position == journal.position)
    assert [*dict.fromkeys(parts.kafka.links)] == [*range(1, 21)]
    assert [line["kind"] for line in logs] == ["RuntimeError"]


async def test_damage(journal: ClickJournal, parts: Parts) -> None:
    """One bad record is kept, reported and passed, and costs no other click."""
    write_clicks(journal, [1, 2, 3])
    with segment_file(parts.path, 1).open("r+b") as file:
        file.seek(HEADER_BYTES + 30)
        file.write(b"\xff\xff")
    await parts.drain()
    assert parts.kafka.links == [2, 3]
    assert sum(each.damaged for each in parts.reports.all) == 1
    assert len(list((parts.path / "damaged").glob("*.bin"))) == 1


async def test_unexpected_error_is_logged_in_full(
    journal: ClickJournal, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error is logged with its traceback, and tried again."""

    async def mistaken(
        _bus: BreakablePublisher, _clicks: Sequence[JournaledClick]
    ) -> None:
        raise RuntimeError("a mistake")

    write_clicks(journal, [1])
    with capture_logs() as logs:
        async with _running(parts.loop()):
            with monkeypatch.context() as patch:
                patch.setattr(BreakablePublisher, "publish", mistaken)
                await parts.reports.until(lambda each: each.failed)
            await parts.reports.until(lambda each: each.clicks == 1)
    [failure] = logs
    assert failure["kind"] == "RuntimeError"
    assert isinstance(failure["exc_info"], RuntimeError)


async def test_signs_of_life(parts: Parts) -> None:
    """Though nothing happens, the position is reported once a second."""
    loop_time = LoopTime()
    signs: list[int] = []
    enough = asyncio.Event()

    async def script(_until: asyncio.Event, _seconds: float) -> None:
        signs.append(len(parts.reports.all))
        if len(signs) == 9:
            enough.set()
            await asyncio.Event().wait()
        await loop_time.move(0.4)

    async with _running(parts.loop(pause=script)):
        await enough.wait()
    # The first position is news; then there is a sign after 1.2 s, and after 2.4 s.
    assert signs == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    first, second = parts.reports.all[:2]
    assert first.position == second.position
    assert (second.clicks, second.lag_seconds, second.failed) == (0, 0, False)


async def test_click_from_the_future_has_no_lag(
    journal: ClickJournal, parts: Parts
) -> None:
    """A clock that was put back makes no number below zero."""
    journal.record(sample_click(1, time_ns=time.time_ns() + 10**12), 0)
    journal.commit()
    async with _running(parts.loop()):
        report = await parts.reports.until(lambda each: each.clicks == 1)
    assert report.lag_seconds == 0


async def test_stop_while_everything_is_away(
    journal: ClickJournal, parts: Parts
) -> None:
    """Stopping does not wait for a bus that does not come back."""
    write_clicks(journal, [1])
    parts.kafka.is_away = parts.redis.is_away = True
    pauses = Pauses()
    pauses.is_endless = True
    loop = parts.loop(pause=pauses)
    running = asyncio.create_task(loop.run())
    await pauses.begun.wait()
    loop.stop()
    await running
    assert [each.failed for each in parts.reports.all] == [True, True]


async def test_waits_while_a_backlog_is_interrupted(
    journal: ClickJournal, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pauses do not grow while batches succeed in between."""
    LoopTime()  # a round takes no time
    publish = parts.kafka.publish

    async def shaky(clicks: Sequence[JournaledClick]) -> None:
        parts.kafka.is_away = not parts.kafka.is_away
        await publish(clicks)

    monkeypatch.setattr(parts.kafka, "publish", shaky)
    parts.redis.is_away = True
    write_clicks(journal, range(1, 50))
    pauses = Pauses()
    async with _running(parts.loop(pause=pauses)):
        await parts.reports.until(lambda each: each.position == journal.position)
    assert parts.kafka.links == [*range(1, 50)]
    assert len(pauses.seconds) >= 7
    for each in pauses.seconds:
        assert_doubling([each], first=0.002)


async def test_no_pause_while_there_is_more(
    journal: ClickJournal, parts: Parts
) -> None:
    """A backlog is forwarded in one go; the journal is looked at in between later."""
    LoopTime()  # a round takes no time
    write_clicks(journal, range(1, 50))
    pauses = Pauses()
    pauses.is_endless = True
    async with _running(parts.loop(pause=pauses)):
        await pauses.begun.wait()
        assert len(parts.kafka.links) == 49
    assert pauses.seconds == [0.002]


async def test_clicks_of_the_last_moment(journal: ClickJournal, parts: Parts) -> None:
    """What is recorded before the stop is forwarded, though a round is under way."""
    loop = parts.loop()

    def listen(forwarded: Forwarded) -> None:
        if not forwarded.clicks:
            write_clicks(journal, [1])
            loop.stop()

    parts.reports.listener = listen
    await loop.run()
    assert parts.kafka.links == [1]


async def test_lag_while_everything_is_away(
    journal: ClickJournal, parts: Parts
) -> None:
    """It is the time since the first failure."""
    write_clicks(journal, [1])
    parts.kafka.is_away = parts.redis.is_away = True
    async with _running(parts.loop()):
        first = await parts.reports.until(lambda each: each.failed)
        lags = [(await parts.reports.until(lambda each: each.failed)) for _ in range(3)]
    assert first.lag_seconds == 0
    assert lags == sorted(lags, key=lambda each: each.lag_seconds)
    assert lags[0].lag_seconds > 0
