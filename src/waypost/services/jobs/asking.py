"""Ask for jobs, and cancel them; a process that stores clicks runs them."""

from dataclasses import replace

from waypost.domain.access.key_ids import is_key_id, make_key_id
from waypost.domain.audit.entries import (
    Action,
    AuditEntry,
    Cause,
    Resource,
    entry_id,
    moment_of,
)
from waypost.domain.jobs.asked import ACTIVE, AskedJob, AskedState, AskedType
from waypost.domain.jobs.errors import (
    JobHasFinished,
    JobIsRunning,
    JobNotFound,
)
from waypost.ports.batch.asked_jobs import AskedJobs
from waypost.ports.runtime import Clock
from waypost.services.requests.keeping import AnswerOf


async def ask_for_job(  # noqa: PLR0913  # what is asked for, and who asks
    kind: AskedType,
    *,
    is_dry_run: bool,
    by: Cause,
    jobs: AskedJobs,
    clock: Clock,
    answer_of: AnswerOf[AskedJob] = None,
) -> AskedJob:
    """Ask for a job of *kind*; *answer_of* returns the answer that is kept with it.

    Raises:
        JobIsRunning: One of this kind waits or runs.
        IdempotencyInProgress: The same request was carried out before.
        BackendUnavailable: The store does not answer.
    """
    now = clock.now()
    job = AskedJob(
        id=make_key_id(now),
        type=kind,
        state=AskedState.QUEUED,
        is_dry_run=is_dry_run,
        created_at=now,
    )
    entry = _entry(Action.JOB_ASKED, job, by, clock)
    active = await jobs.add(job, entry, answer_of=answer_of)
    if active is not None:
        raise JobIsRunning(
            f"The {active.type} job {active.id} waits or runs already: wait for it, or "
            "cancel it."
        )
    return job


async def find_job(job_id: str, *, jobs: AskedJobs) -> AskedJob:
    """Return the job with this id.

    Raises:
        JobNotFound: There is none.
        BackendUnavailable: The store does not answer.
    """
    job = await jobs.one(job_id) if is_key_id(job_id) else None
    if job is None:
        raise JobNotFound
    return job


async def cancel_job(  # noqa: PLR0913  # what is canceled, and who cancels it
    job_id: str,
    *,
    is_dry_run: bool = False,
    by: Cause,
    jobs: AskedJobs,
    clock: Clock,
    answer_of: AnswerOf[AskedJob] = None,
) -> AskedJob:
    """Cancel a job, and return it; one that runs ends some seconds later.

    If *is_dry_run*, only say how it would be. *answer_of* returns the answer that is
    kept with it.

    Raises:
        JobNotFound: There is none with this id.
        JobHasFinished: It has ended.
        IdempotencyInProgress: The same request was carried out before.
        BackendUnavailable: The store does not answer.
    """
    job = await find_job(job_id, jobs=jobs)
    if is_dry_run:
        return _canceled(job)
    entry = _entry(Action.JOB_CANCELED, job, by, clock)
    canceled = await jobs.cancel(job.id, entry, now=clock.now(), answer_of=answer_of)
    if canceled is None:
        raise JobHasFinished
    return canceled


def _canceled(job: AskedJob) -> AskedJob:
    """Return *job* as it is once it was canceled."""
    if job.state not in ACTIVE:
        raise JobHasFinished
    if job.state is AskedState.QUEUED:
        return replace(job, state=AskedState.CANCELED)
    return job


def _entry(action: Action, job: AskedJob, by: Cause, clock: Clock) -> AuditEntry:
    new_id = entry_id(clock.now())
    return AuditEntry(
        id=new_id,
        at=moment_of(new_id),
        actor=by.actor,
        action=action,
        resource=Resource("job", job.id, job.type.value),
        after={"dry_run": True} if job.is_dry_run else {},
        request_id=by.request_id,
    )
