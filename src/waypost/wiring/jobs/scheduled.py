"""A loop of a process that stores clicks, with the jobs that it runs meanwhile."""

import asyncio
from typing import Protocol

from waypost.adapters.local import SystemClock
from waypost.config import Settings
from waypost.domain.analytics.jobs import JobRun
from waypost.domain.audit.entries import BY_SERVER
from waypost.services.jobs.schedule import Schedule
from waypost.wiring.analytics.store import ClickStore
from waypost.wiring.jobs.known import open_trail, scheduled


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
        self._jobs: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Make `run` return: a job that runs is interrupted, and begun again later."""
        self._loop.stop()
        if self._jobs:
            self._jobs.cancel()

    async def run(self) -> None:
        """Store clicks, until `stop`."""
        if names := scheduled(self._settings):
            schedule = Schedule(
                names,
                run=self._run_job,
                trail=open_trail(self._settings),
                clock=SystemClock(),
            )
            self._jobs = asyncio.create_task(schedule.run())
        try:
            await self._loop.run()
        finally:
            if self._jobs:
                self._jobs.cancel()
                await asyncio.wait([self._jobs])

    async def _run_job(self, name: str) -> JobRun:
        # Imported and opened for the job: neither libraries nor a connection are held
        # for the rest of the day.
        from waypost.wiring.jobs.opening import open_jobs

        async with open_jobs(self._settings, self._store, by=BY_SERVER) as jobs:
            return await jobs.run(name)
