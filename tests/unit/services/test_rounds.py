"""Rounds go on after any failure, with longer and longer pauses, until stopped."""

import asyncio
import logging
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from tests.unit.services.links.creating import turns
from tests.unit.services.pauses import Pauses, assert_doubling
from waypost.domain.errors import BackendUnavailable
from waypost.services.rounds import Rounds, pause
from waypost.telemetry.metrics import Metrics

AWAY = BackendUnavailable()


class Work:
    """Rounds that fail as a test says, and the pauses between them."""

    def __init__(
        self,
        *outcomes: Exception | float,
        interval: float = 1.0,
        level: int = logging.WARNING,
        expected: tuple[type[Exception], ...] = (BackendUnavailable,),
    ) -> None:
        self.outcomes = list(outcomes)
        """What each round raises or returns; the one after the last stops them."""
        self.metrics = Metrics()
        self.pauses = Pauses()
        self.begun = 0
        self.during: Callable[[], None] = lambda: None
        """What happens while a round is under way."""
        self.rounds = Rounds(
            "work.failed",
            interval=interval,
            counter=self.metrics.relay_failures,
            level=level,
            expected=expected,
            route="one",
        )
        self.rounds._pause = self.pauses

    async def run(self) -> list[float]:
        """Run until the outcomes are used up; return the pauses."""
        await self.rounds.run(self.round)
        return self.pauses.seconds

    async def round(self) -> float:
        """Do what is next."""
        self.begun += 1
        self.during()
        await asyncio.sleep(0)
        if not self.outcomes:
            self.rounds.stop()
            return 0.0
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @property
    def failures(self) -> float | None:
        """How many were counted."""
        return self.metrics.registry.get_sample_value(
            "waypost_link_relay_failures_total"
        )


@pytest.mark.parametrize("interval", [0.05, 0.2, 1.0, 60.0])
async def test_pauses_grow(interval: float) -> None:
    """However many failures there are, no pause is longer than five seconds."""
    pauses = await Work(*[AWAY] * 2_000, interval=interval).run()
    assert_doubling(pauses[:2_000], first=interval)


async def test_pauses_begin_anew_after_a_success() -> None:
    """A round that succeeds ends the row, and says itself how long to pause."""
    row = [AWAY] * 12
    work = Work(*row, 7.0, *row, 0.0)
    pauses = await work.run()
    assert_doubling(pauses[:12], first=1.0)
    assert pauses[12] == 7.0
    assert_doubling(pauses[13:25], first=1.0)
    assert pauses[25] == 0.0
    assert work.failures == 24


async def test_pauses_begin_anew_after_progress() -> None:
    """Work that succeeds in part before it fails is not in a long outage."""
    work = Work(*[AWAY] * 10)
    work.during = work.rounds.progressed
    pauses = await work.run()
    assert max(pauses[:10]) <= 1.0
    assert work.rounds.failures == 0


async def test_pauses_differ() -> None:
    """Processes that failed together do not come back together."""
    firsts = {(await Work(AWAY).run())[0] for _ in range(20)}
    assert len(firsts) > 10


async def test_failures_are_logged_once() -> None:
    """One line a minute for each kind says how many failures there were by then."""
    work = Work(AWAY, AWAY, OSError(), OSError(), AWAY, expected=(OSError,))
    with capture_logs() as logs:
        await work.run()
    found = [(line["kind"], line["failures"]) for line in logs]
    assert found == [("BackendUnavailable", 1), ("OSError", 3)]
    assert {(line["event"], line["route"]) for line in logs} == {("work.failed", "one")}
    assert work.failures == 5


@pytest.mark.parametrize("level", [logging.DEBUG, logging.WARNING, logging.ERROR])
async def test_levels(level: int) -> None:
    """What is expected has its level and its cause; a defect is an error, in full."""
    away, defect = BackendUnavailable(), ZeroDivisionError()
    away.__cause__ = ConnectionResetError()
    with capture_logs() as logs:
        await Work(away, defect, level=level).run()
    assert [(line["log_level"], line["cause"], line["exc_info"]) for line in logs] == [
        (logging.getLevelName(level).lower(), "ConnectionResetError", None),
        ("error", "ZeroDivisionError", defect),
    ]


async def test_a_nudge_begins_the_next_round() -> None:
    """Also one that comes during a round: that one may have missed what is new."""
    work = Work(0.5, AWAY, 0.5)
    work.pauses.is_endless = True
    running = asyncio.create_task(work.run())
    for begun in (1, 2, 3):
        await turns()
        assert work.begun == begun
        work.rounds.nudge()
    await running
    assert work.begun == 5

    work = Work(0.5, 0.5)
    work.pauses.is_endless = True
    nudged: list[bool] = []

    def nudge_once() -> None:
        nudged.append(work.rounds.is_nudged)
        if work.begun == 1:
            work.rounds.nudge()

    work.during = nudge_once
    running = asyncio.create_task(work.run())
    await turns()
    assert (work.begun, nudged) == (2, [False, False])
    work.rounds.nudge()
    await running


@pytest.mark.parametrize("outcomes", [[0.5] * 3, [AWAY] * 3])
async def test_one_more_round_after_a_stop(outcomes: list[Exception | float]) -> None:
    """A round under way may have missed the last; no pause holds up the next one."""
    work = Work(*outcomes)
    work.pauses.is_endless = True
    work.during = work.rounds.stop
    await work.run()
    assert work.begun == 2


@pytest.mark.parametrize("outcome", [0.5, AWAY])
async def test_a_stop_before_the_first_round(outcome: Exception | float) -> None:
    """There is one round all the same, and it is not held up."""
    work = Work(outcome, outcome)
    work.pauses.is_endless = True
    work.rounds.stop()
    await work.run()
    assert work.begun == 1


@pytest.mark.parametrize("outcome", [0.5, AWAY])
async def test_a_stop_ends_a_pause(outcome: Exception | float) -> None:
    """The last round begins at once."""
    work = Work(outcome, outcome, outcome)
    work.pauses.is_endless = True
    running = asyncio.create_task(work.run())
    await work.pauses.begun.wait()
    work.rounds.stop()
    await running
    assert work.begun == 2


async def test_an_attempt() -> None:
    """Returns what the work does, or nothing once the pause after a failure is over."""
    work = Work(AWAY, 3.0)
    with capture_logs():
        assert await work.rounds.attempt(work.round) is None
    assert len(work.pauses.seconds) == 1
    assert await work.rounds.attempt(work.round) == 3.0
    assert len(work.pauses.seconds) == 1


@pytest.mark.parametrize("outcome", [0.5, AWAY])
async def test_cancelling(outcome: Exception | float) -> None:
    """It ends a round, or a pause, and is not a failure."""
    for steps in range(6):
        work = Work(outcome)
        work.pauses.is_endless = True
        running = asyncio.create_task(work.run())
        for _ in range(steps):
            await asyncio.sleep(0)
        before = work.failures
        running.cancel()
        await asyncio.wait([running])
        assert running.cancelled()
        assert work.failures == before


async def test_pause() -> None:
    """It ends when its event comes, before or meanwhile, or when its time is over."""
    event = asyncio.Event()
    await pause(event, 0.001)
    waiting = asyncio.create_task(pause(event, 1_000))
    await asyncio.sleep(0)
    assert not waiting.done()
    event.set()
    await waiting
    await pause(event, 1_000)
