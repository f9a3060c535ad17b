"""A child process is started again, ever later, until it is to stop."""

import asyncio

import pytest

from waypost.processes.running import restarting as keeping
from waypost.processes.running.restarting import keep_running


class Child:
    """A child that ends at once; *stopping* is set in its run of number *last*."""

    def __init__(self, *, last: int) -> None:
        self.stopping = asyncio.Event()
        self.ended = asyncio.Event()
        self.runs = 0
        self.pauses: list[float] = []
        self._last = last

    async def run_once(self) -> int:
        """Run, and end with the number of the run as exit code."""
        self.runs += 1
        if self.runs == self._last:
            self.stopping.set()
        return self.runs

    def note_end(self, code: int | None, seconds: float) -> None:
        """Note how long the pause is."""
        assert code == self.runs
        self.pauses.append(seconds)
        self.ended.set()

    async def keep(self) -> bool:
        """Have it kept running."""
        return await keep_running(
            self.run_once, stopping=self.stopping, on_end=self.note_end
        )


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of milliseconds."""
    monkeypatch.setattr(keeping, "FIRST_BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr(keeping, "LONGEST_BACKOFF_SECONDS", 0.005)


async def test_each_pause_is_longer() -> None:
    """Up to a bound, so that a child that cannot run does not keep the machine busy."""
    child = Child(last=5)
    assert await child.keep()
    assert child.runs == 5
    assert child.pauses == [0.002, 0.004, 0.005, 0.005]


async def test_a_steady_child_is_back_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a long run nothing is known against it."""
    monkeypatch.setattr(keeping, "STEADY_SECONDS", 0.0)
    child = Child(last=3)
    assert await child.keep()
    assert child.pauses == [0.001, 0.001]


async def test_stopped_in_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause is waited for, and the result is that the child did not run."""
    monkeypatch.setattr(keeping, "FIRST_BACKOFF_SECONDS", 3_600.0)
    monkeypatch.setattr(keeping, "LONGEST_BACKOFF_SECONDS", 3_600.0)
    child = Child(last=0)
    keeping_it = asyncio.create_task(child.keep())
    await child.ended.wait()
    child.stopping.set()
    assert not await keeping_it
    assert child.runs == 1


async def test_stopped_before_the_start() -> None:
    """What is to stop is not started."""
    child = Child(last=0)
    child.stopping.set()
    assert not await child.keep()
    assert child.runs == 0
