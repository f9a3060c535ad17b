"""Runs the jobs that were asked for, in a process that stores clicks."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final, TypeAlias

import structlog

from waypost.domain.analytics.jobs import JobRun, JobState
from waypost.domain.errors import BackendUnavailable
from waypost.domain.jobs.asked import (
    KEPT_DAYS,
    AskedJob,
    AskedState,
    JobProgress,
    SoFar,
)
from waypost.ports.batch.asked_jobs import AskedJobs
from waypost.ports.runtime import Clock
from waypost.services.jobs.tasks import TasksDone
from waypost.services.rounds import Rounds

INTERVAL_SECONDS: Final = 2.0
"""How often it is looked whether a job waits, or is to be stopped."""
ABANDONED: Final = timedelta(seconds=60)
"""After so long the job of a process that was killed is begun again."""
_BUSY: Final = "Another process runs this job now: ask again once it has ended."
_log = structlog.get_logger()

Run: TypeAlias = Callable[[str, bool, TasksDone], Awaitable[JobRun]]
"""Runs the job of a name, or counts what it would do; says meanwhile how far it is."""


class AskedJobRunner:
    """Takes one job after the other.

    A job whose process was killed is taken again, by this process or another one: each
    task of a job may be repeated, and what is there already is not done twice.
    """

    def __init__(
        self,
        jobs: AskedJobs,
        *,
        run: Run,
        clock: Clock,
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        """Run *jobs* by *run*."""
        self._jobs = jobs
        self._run = run
        self._clock = clock
        self._interval = interval
        self._rounds = Rounds("jobs.asked_failed", interval=interval)

    def stop(self) -> None:
        """Make `run` return."""
        self._rounds.stop()

    async def run(self) -> None:
        """Run jobs that wait, until `stop`."""
        await self._rounds.run(self.round)

    async def round(self) -> float:
        """Run one job, if one waits; return when to look again."""
        now = self._clock.now()
        job = await self._jobs.claim(now=now, abandoned=now - ABANDONED)
        if job is None:
            return self._interval
        await self._work(job)
        await self._jobs.expire(self._clock.now() - timedelta(days=KEPT_DAYS))
        return 0.0

    async def _work(self, job: AskedJob) -> None:
        outcome = TasksDone()
        working = asyncio.ensure_future(
            self._run(job.type.value, job.is_dry_run, outcome)
        )
        try:
            while not (await asyncio.wait([working], timeout=self._interval))[0]:
                if not await self._is_wanted(job, outcome):
                    working.cancel()
            await self._finish(job, working, outcome)
        finally:
            # This process ends: the job waits until another one takes it.
            if not working.done():
                working.cancel()
                await asyncio.wait([working])

    async def _is_wanted(self, job: AskedJob, outcome: TasksDone) -> bool:
        with suppress(BackendUnavailable):
            now = self._clock.now()
            return await self._jobs.renew(job.id, so_far=_so_far(outcome), now=now)
        return True

    async def _finish(
        self, job: AskedJob, working: "asyncio.Future[JobRun]", outcome: TasksDone
    ) -> None:
        state, error = _ending(working)
        await self._jobs.finish(
            job.id,
            state,
            so_far=_so_far(outcome),
            error=error,
            now=self._clock.now(),
        )
        _log.info("jobs.asked_ended", job=job.type, id=job.id, state=state.value)


def _so_far(outcome: TasksDone) -> SoFar:
    """Return how far a job is; what was there already is done, too."""
    progress = None
    if outcome.total is not None:
        progress = JobProgress(len(outcome.done) + outcome.skipped, outcome.total)
    return SoFar(outcome.counts, progress)


def _ending(working: "asyncio.Future[JobRun]") -> tuple[AskedState, str | None]:
    """Return how a job has ended, and why it failed."""
    if working.cancelled():
        return AskedState.CANCELED, None
    failure = working.exception()
    if failure is not None:
        return AskedState.FAILED, f"{type(failure).__name__}: {failure}"[:500]
    run = working.result()
    if run.state is JobState.BUSY:
        return AskedState.FAILED, _BUSY
    state = AskedState.FAILED if run.error else AskedState.SUCCEEDED
    return state, run.error
