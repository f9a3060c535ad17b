"""A loop of a process that stores clicks, with the jobs that it runs meanwhile."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from waypost.adapters.local import SystemClock
from waypost.adapters.sql.jobs.waiting import is_any_active
from waypost.config import Settings
from waypost.domain.analytics.jobs import JobRun
from waypost.domain.audit.entries import BY_SERVER
from waypost.services.jobs.schedule import Schedule
from waypost.services.jobs.serving import INTERVAL_SECONDS, AskedJobRunner
from waypost.services.jobs.tasks import TasksDone
from waypost.services.rounds import Rounds
from waypost.wiring.analytics.store import ClickStore
from waypost.wiring.jobs.known import open_trail, scheduled

if TYPE_CHECKING:
    from waypost.adapters.sql.database import Database

_FILE: Final = "sqlite:///"


class _Loop(Protocol):
    """What stores clicks."""

    def stop(self) -> None:
        """Make `run` return."""
        ...

    async def run(self) -> None:
        """Store clicks, until `stop`."""
        ...


class WithJobs:
    """Does what *loop* does, and runs the jobs that are due beside it."""

    def __init__(self, loop: _Loop, settings: Settings, store: ClickStore) -> None:
        self._loop = loop
        self._settings = settings
        self._store = store
        self._jobs: list[asyncio.Task[None]] = []

    def stop(self) -> None:
        """Make `run` return: a job that runs is interrupted, and begun again later."""
        self._loop.stop()
        self._end_jobs()

    async def run(self) -> None:
        """Store clicks, until `stop`."""
        if names := scheduled(self._settings):
            schedule = Schedule(
                names,
                run=self._run_job,
                trail=open_trail(self._settings),
                clock=SystemClock(),
            )
            self._jobs.append(asyncio.create_task(schedule.run()))
        self._jobs.append(asyncio.create_task(self._run_asked()))
        try:
            await self._loop.run()
        finally:
            self._end_jobs()
            await asyncio.wait(self._jobs)

    def _end_jobs(self) -> None:
        for job in self._jobs:
            job.cancel()

    async def _run_asked(self) -> None:
        """Run the jobs that are asked for over the API, once the database answers."""
        await self._first_asked()
        from waypost.adapters.sql.jobs.asked import SqlAskedJobs

        opening = Rounds("jobs.database_unavailable", interval=INTERVAL_SECONDS)
        database = None
        while database is None:
            database = await opening.attempt(self._open_database)
        async with aclosing(database):
            jobs = SqlAskedJobs(database)
            await AskedJobRunner(jobs, run=self._run_job, clock=SystemClock()).run()

    async def _first_asked(self) -> None:
        """Return once a job waits, if the database is a file.

        Until then neither libraries nor a connection are held for it.
        """
        if self._settings.database_url.startswith(_FILE):
            path = Path(self._settings.database_url.removeprefix(_FILE))
            # Another process asks, so there is no event to wait for.
            while not await asyncio.to_thread(is_any_active, path):  # noqa: ASYNC110  # see above
                await asyncio.sleep(INTERVAL_SECONDS)

    async def _open_database(self) -> "Database":
        from waypost.adapters.sql.opening import open_database

        return await open_database(
            self._settings.database_url,
            timeout_seconds=self._settings.DATABASE_TIMEOUT_SECONDS,
            pool_size=1,
        )

    async def _run_job(
        self,
        name: str,
        is_dry_run: bool = False,  # noqa: FBT001, FBT002 - as a job is called
        outcome: TasksDone | None = None,
    ) -> JobRun:
        # Imported and opened for the job: neither libraries nor a connection are held
        # for the rest of the day.
        from waypost.wiring.jobs.opening import open_jobs

        async with open_jobs(self._settings, self._store, by=BY_SERVER) as jobs:
            return await jobs.run(name, is_dry_run=is_dry_run, outcome=outcome)
