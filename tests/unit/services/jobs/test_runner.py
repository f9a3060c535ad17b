"""A job runs in one process at a time, and its trail says how each run has ended."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from waypost.domain.analytics.jobs import JobRun, JobState
from waypost.ports.leadership import Leadership
from waypost.services.jobs.runner import JobContext, LockLost, run_job
from waypost.services.jobs.schedule import Schedule
from waypost.services.jobs.tasks import Task, TasksDone, run_tasks

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Trail:
    """A trail in memory."""

    def __init__(self) -> None:
        self.runs: list[JobRun] = []

    def append(self, run: JobRun) -> None:
        """Note *run*."""
        self.runs.append(run)

    def last(self, job: str) -> JobRun | None:
        """Return what was noted last of *job*."""
        return next((run for run in reversed(self.runs) if run.job == job), None)


class Lock:
    """A lock of which a test decides who has it."""

    lifetime_seconds = 0.1

    def __init__(self, *, holds: int) -> None:
        self.holds = holds
        self.resigned = False

    async def hold(self) -> bool:
        """Return whether it is ours still."""
        self.holds -= 1
        return self.holds >= 0

    async def resign(self) -> None:
        """Note it."""
        self.resigned = True


class FixedClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time


def context(lock: Leadership, trail: Trail) -> JobContext:
    """Return a context with *lock* for every job."""

    async def note(_: JobRun) -> None:
        """Note that a run begins in a trail that is not looked at."""

    return JobContext(lock=lambda _: lock, trail=trail, clock=FixedClock(), note=note)


def task(name: str, done: list[str], *needs: str, fails: bool = False) -> Task:
    """Return a task that notes its name in *done*, which is its result."""

    async def run(is_dry_run: bool) -> Mapping[str, int]:  # noqa: FBT001 - as a task is called
        if fails:
            raise OSError(28, "No space left on device")
        if not is_dry_run:
            done.append(name)
        return {"things": 1}

    async def is_done() -> bool:
        return name in done

    return Task(name=name, run=run, needs=needs, is_done=is_done)


async def test_tasks_run_once_after_what_they_need() -> None:
    """A run that is begun again does only what is missing."""
    done: list[str] = ["b"]
    tasks = [task("c", done, "a", "b"), task("b", done), task("a", done)]
    outcome = TasksDone()
    await run_tasks(tasks, is_dry_run=False, outcome=outcome)
    assert done == ["b", "a", "c"]
    assert (outcome.done, outcome.skipped, outcome.counts) == (
        ["a", "c"],
        1,
        {"things": 2},
    )


async def test_a_failure_ends_the_run_and_is_noted() -> None:
    """What was done before is in the trail, and so is the reason."""
    done: list[str] = []
    trail, lock = Trail(), Lock(holds=1_000)

    async def plan() -> Sequence[Task]:
        return [task("a", done), task("b", done, "a", fails=True), task("c", done, "b")]

    ended = await run_job("job", plan, is_dry_run=False, context=context(lock, trail))
    assert [run.state for run in trail.runs] == [JobState.RUNNING, JobState.FAILED]
    assert ended == trail.last("job")
    assert ended.done == ("a",)
    assert ended.error is not None
    assert "No space left" in ended.error
    assert lock.resigned


async def test_a_dry_run_changes_nothing() -> None:
    """It counts, and leaves no line in the trail."""
    done: list[str] = []
    trail = Trail()

    async def plan() -> Sequence[Task]:
        return [task("a", done)]

    ended = await run_job(
        "job", plan, is_dry_run=True, context=context(Lock(holds=0), trail)
    )
    assert ended.counts == {"things": 1}
    assert (done, trail.runs) == ([], [])


async def test_a_job_that_another_process_runs_is_left_to_it() -> None:
    """Nothing is begun, and nothing is noted."""
    trail = Trail()

    async def plan() -> Sequence[Task]:
        raise AssertionError("it was begun")

    ended = await run_job(
        "job", plan, is_dry_run=False, context=context(Lock(holds=0), trail)
    )
    assert ended.state is JobState.BUSY
    assert trail.runs == []


async def test_a_job_whose_lock_is_lost_is_ended() -> None:
    """Two processes do not go on with the same work."""
    trail, lock = Trail(), Lock(holds=3)

    async def forever(is_dry_run: bool) -> Mapping[str, int]:  # noqa: FBT001 - as a task is called
        await asyncio.Event().wait()
        return {}

    async def plan() -> Sequence[Task]:
        return [Task(name="forever", run=forever)]

    with pytest.raises(LockLost):
        await run_job("job", plan, is_dry_run=False, context=context(lock, trail))
    last = trail.last("job")
    assert last is not None
    assert last.state is JobState.FAILED


def test_jobs_are_due_once_a_day() -> None:
    """At once if it never ran or has failed, and else from two o'clock on each day."""
    trail, clock = Trail(), FixedClock()
    ran: list[str] = []

    async def run(name: str) -> JobRun:
        ran.append(name)
        return trail.runs[-1]

    schedule = Schedule(["job"], run=run, trail=trail, clock=clock)
    assert schedule.is_due("job")
    for state, after, is_due in (
        (JobState.RUNNING, timedelta(), True),
        (JobState.FAILED, timedelta(), True),
        (JobState.SUCCEEDED, timedelta(), False),
        (JobState.SUCCEEDED, timedelta(hours=13), False),
        (JobState.SUCCEEDED, timedelta(hours=14), True),
    ):
        trail.append(JobRun(job="job", id="1", state=state, at=NOW))
        clock.time = NOW + after
        assert schedule.is_due("job") is is_due
