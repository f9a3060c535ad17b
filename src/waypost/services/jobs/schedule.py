"""Runs jobs once a day by themselves, in a process that runs anyway."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from waypost.domain.analytics.jobs import JobRun, JobState
from waypost.ports.batch.jobs import JobTrail
from waypost.ports.runtime import Clock
from waypost.services.rounds import Rounds

HOUR: Final = 2
"""The hour in UTC at which jobs are due each day: the day before is sealed by then."""
INTERVAL_SECONDS: Final = 300.0
"""How often it is looked whether a job is due; one that has failed is due again."""

Run = Callable[[str], Awaitable[JobRun]]


class Schedule:
    """Runs each of some jobs once a day, the first time at once."""

    def __init__(
        self,
        jobs: Sequence[str],
        *,
        run: Run,
        trail: JobTrail,
        clock: Clock,
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        """Run *jobs*, in their order, by *run*."""
        self._jobs = jobs
        self._run = run
        self._trail = trail
        self._clock = clock
        self._interval = interval
        self._rounds = Rounds("jobs.failed", interval=interval)

    def stop(self) -> None:
        """Make `run` return."""
        self._rounds.stop()

    async def run(self) -> None:
        """Run jobs when they are due, until `stop`."""
        await self._rounds.run(self._round)

    async def _round(self) -> float:
        for job in self._jobs:
            if not self._rounds.is_stopping and self.is_due(job):
                await self._run(job)
        return self._interval

    def is_due(self, job: str) -> bool:
        """Return whether *job* has not succeeded since the last time it was due."""
        last = self._trail.last(job)
        if last is None or last.state is not JobState.SUCCEEDED:
            return True
        return last.at < _last_due(self._clock.now())


def _last_due(now: datetime) -> datetime:
    """Return the last moment up to *now* at which jobs were due."""
    today = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)
