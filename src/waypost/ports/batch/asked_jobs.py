"""Jobs that were asked for over the API, until some time after their end."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from waypost.domain.audit.entries import AuditEntry
from waypost.domain.jobs.asked import AskedJob, AskedState, AskedType, SoFar
from waypost.ports.bulk.answers import KeptAnswer


class AskedJobs(Protocol):
    """The jobs of all processes.

    Every method may raise `BackendUnavailable`.
    """

    async def add(
        self,
        job: AskedJob,
        entry: AuditEntry,
        *,
        answer_of: Callable[[AskedJob], KeptAnswer] | None = None,
    ) -> AskedJob | None:
        """Keep *job* and *entry*; or return the job of its type that is active.

        Raises:
            IdempotencyInProgress: The answer that *answer_of* returns, and that is kept
                as well, is there already.
        """
        ...

    async def page(
        self,
        types: Collection[AskedType],
        states: Collection[AskedState],
        *,
        before_id: str | None,
        limit: int,
    ) -> Sequence[AskedJob]:
        """Return up to *limit* jobs by descending id, those below *before_id*."""
        ...

    async def one(self, job_id: str) -> AskedJob | None:
        """Return the job with exactly this id, or None."""
        ...

    async def cancel(
        self,
        job_id: str,
        entry: AuditEntry,
        *,
        now: datetime,
        answer_of: Callable[[AskedJob], KeptAnswer] | None = None,
    ) -> AskedJob | None:
        """Cancel an active job, and keep *entry*; None: it is not active.

        One that runs is stopped by its process.

        Raises:
            IdempotencyInProgress: As `add`.
        """
        ...

    async def claim(self, *, now: datetime, abandoned: datetime) -> AskedJob | None:
        """Return the oldest job that waits, which runs from now on; or None.

        One that was not renewed since *abandoned* waits again: its process was killed.
        """
        ...

    async def renew(self, job_id: str, *, so_far: SoFar, now: datetime) -> bool:
        """Note that a job still runs, and how far it is; False: it is to be stopped."""
        ...

    async def finish(
        self,
        job_id: str,
        state: AskedState,
        *,
        so_far: SoFar,
        error: str | None,
        now: datetime,
    ) -> None:
        """Note how a job has ended."""
        ...

    async def expire(self, before: datetime) -> None:
        """Delete jobs that have ended before that moment."""
        ...
