"""Runs a job: one process at a time, with a line in the audit trail at each end."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final, TypeAlias
from uuid import uuid4

import structlog

from waypost.domain.analytics.jobs import JobRun, JobState
from waypost.domain.errors import BackendUnavailable
from waypost.ports.batch.jobs import JobTrail
from waypost.ports.leadership import Leadership
from waypost.ports.runtime import Clock
from waypost.services.jobs.tasks import Task, TasksDone, run_tasks

Plan: TypeAlias = Callable[[], Awaitable[Sequence[Task]]]
"""Returns the tasks of a job, as they are to be done now."""

RENEWALS: Final = 4
"""How often a lock is renewed during its lifetime."""
_LONGEST_ERROR: Final = 500

_log = structlog.get_logger()


class LockLost(Exception):  # noqa: N818 - named for the event
    """The lock could not be renewed in time: another process may have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """What every job runs with."""

    lock: Callable[[str], Leadership]
    """Returns the lock of the job of this name, which ends by itself."""
    trail: JobTrail
    clock: Clock
    note: Callable[[JobRun], Awaitable[None]]
    """Notes in the audit trail that a run begins; raises `BackendUnavailable`."""


async def run_job(
    name: str,
    plan: Plan,
    *,
    is_dry_run: bool,
    context: JobContext,
    outcome: TasksDone | None = None,
) -> JobRun:
    """Run a job, unless another process does; return how it has ended.

    *outcome* says meanwhile what was done.

    A failure is in the result, and not raised: it is for an operator. A dry run takes
    no lock and changes nothing.

    Raises:
        OSError: The audit trail cannot be written; nothing was begun.
        BackendUnavailable: It is unknown whether another process runs the job, or
            the audit trail does not take that it begins.
    """
    begun = JobRun(
        job=name,
        id=uuid4().hex,
        state=JobState.RUNNING,
        at=context.clock.now(),
        is_dry_run=is_dry_run,
    )
    outcome = TasksDone() if outcome is None else outcome
    if is_dry_run:
        return await _run(begun, plan, outcome, context)
    async with _locked(context.lock(name)) as is_ours:
        if not is_ours:
            return replace(begun, state=JobState.BUSY)
        await context.note(begun)
        context.trail.append(begun)
        ended = await _run(begun, plan, outcome, context)
        context.trail.append(ended)
    _log.info(
        "jobs.ended",
        job=name,
        state=ended.state.value,
        tasks=len(ended.done),
        skipped=ended.skipped,
        error=ended.error,
    )
    return ended


async def _run(
    begun: JobRun, plan: Plan, outcome: TasksDone, context: JobContext
) -> JobRun:
    since, error = time.monotonic(), None
    try:
        tasks = await plan()
        await run_tasks(tasks, is_dry_run=begun.is_dry_run, outcome=outcome)
    except asyncio.CancelledError:
        # The lock was lost, or the process ends: the trail says so in either case.
        if not begun.is_dry_run:
            context.trail.append(
                _ended(begun, outcome, since, "it was interrupted", context)
            )
        raise
    except Exception as failure:  # noqa: BLE001 - reported to the operator
        error = _reason(failure)
    return _ended(begun, outcome, since, error, context)


def _ended(
    begun: JobRun,
    outcome: TasksDone,
    since: float,
    error: str | None,
    context: JobContext,
) -> JobRun:
    return replace(
        begun,
        state=JobState.FAILED if error else JobState.SUCCEEDED,
        at=context.clock.now(),
        duration_seconds=round(time.monotonic() - since, 3),
        done=tuple(outcome.done),
        skipped=outcome.skipped,
        counts=outcome.counts,
        error=error,
    )


def _reason(failure: Exception) -> str:
    if isinstance(failure, BackendUnavailable):
        failure = (
            failure.__cause__ if isinstance(failure.__cause__, Exception) else failure
        )
    return f"{type(failure).__name__}: {failure}"[:_LONGEST_ERROR]


@asynccontextmanager
async def _locked(lock: Leadership) -> AsyncIterator[bool]:
    """Hold *lock*, and renew it; False: another process has it.

    Raises:
        BackendUnavailable: It is unknown which process has it.
        LockLost: It could not be renewed; what was done meanwhile was cancelled.
    """
    if not await lock.hold():
        yield False
        return
    this = asyncio.current_task()
    assert this is not None, "a coroutine runs in a task"
    renewing = asyncio.create_task(_renew(lock, this))
    try:
        yield True
    except asyncio.CancelledError:
        if renewing.done():
            this.uncancel()
            raise LockLost("the lock could not be renewed in time") from None
        raise
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError, BackendUnavailable):
            await renewing
        with suppress(BackendUnavailable):
            await lock.resign()


async def _renew(lock: Leadership, work: asyncio.Task[object]) -> None:
    """Renew *lock* again and again; cancel *work* once it has certainly ended."""
    held_at = time.monotonic()
    while time.monotonic() < held_at + lock.lifetime_seconds:
        await asyncio.sleep(lock.lifetime_seconds / RENEWALS)
        asked_at = time.monotonic()
        with suppress(BackendUnavailable):
            if not await lock.hold():
                break
            held_at = asked_at
    work.cancel()
