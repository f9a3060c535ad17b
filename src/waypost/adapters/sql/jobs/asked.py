"""Jobs that were asked for, as rows; `ports.batch.asked_jobs.AskedJobs`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import (
    Connection,
    RowMapping,
    and_,
    delete,
    insert,
    or_,
    select,
    text,
    update,
)

from waypost.adapters.sql.audit import statements as audit
from waypost.adapters.sql.bulk.kept_answers import SqlAnswerWriter
from waypost.adapters.sql.database import Database, DatabaseTransaction
from waypost.adapters.sql.dialect import SQLITE
from waypost.adapters.sql.schema.job_tables import asked_jobs
from waypost.domain.audit.entries import AuditEntry
from waypost.domain.bulk.errors import IdempotencyInProgress
from waypost.domain.jobs.asked import (
    ACTIVE,
    AskedJob,
    AskedState,
    AskedType,
    JobProgress,
    SoFar,
)
from waypost.ports.bulk.answers import KeptAnswer

_ROWS: Final = asked_jobs.c
_TYPES: Final = {one.value: one for one in AskedType}
_STATES: Final = {one.value: one for one in AskedState}
_IS_ACTIVE: Final = _ROWS.state.in_([one.value for one in ACTIVE])
_IS_QUEUED: Final = _ROWS.state == AskedState.QUEUED.value
_IS_RUNNING: Final = _ROWS.state == AskedState.RUNNING.value
# Held until the transaction ends, so that processes change the table one at a time.
_LOCK: Final = text("LOCK TABLE asked_jobs IN SHARE ROW EXCLUSIVE MODE")


class SqlAskedJobs:
    """Jobs of all processes. Its methods are described at the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        job: AskedJob,
        entry: AuditEntry,
        *,
        answer_of: Callable[[AskedJob], KeptAnswer] | None = None,
    ) -> AskedJob | None:
        """Keep *job* and *entry*; or return the job of its type that is active."""
        async with self._database.transaction() as transaction:
            active = await transaction.run(_add, job)
            if active is None:
                await transaction.run(audit.add_entries, [entry])
                if answer_of is not None:
                    await _keep(answer_of(job), entry.at, transaction)
            return active

    async def page(
        self,
        types: Collection[AskedType],
        states: Collection[AskedState],
        *,
        before_id: str | None,
        limit: int,
    ) -> Sequence[AskedJob]:
        """Return up to *limit* jobs, the newest first."""
        return await self._database.read(_page, types, states, before_id, limit)

    async def one(self, job_id: str) -> AskedJob | None:
        """Return the job with this id, or None."""
        return await self._database.read(_one, job_id)

    async def cancel(
        self,
        job_id: str,
        entry: AuditEntry,
        *,
        now: datetime,
        answer_of: Callable[[AskedJob], KeptAnswer] | None = None,
    ) -> AskedJob | None:
        """Cancel an active job; None: it is not active."""
        async with self._database.transaction() as transaction:
            if not await transaction.run(_cancel, job_id, now):
                return None
            await transaction.run(audit.add_entries, [entry])
            job = await transaction.run(_one, job_id)
            if job is not None and answer_of is not None:
                await _keep(answer_of(job), now, transaction)
            return job

    async def claim(self, *, now: datetime, abandoned: datetime) -> AskedJob | None:
        """Return the oldest job that waits, which runs from now on; or None."""
        if await self._database.read(_waiting, abandoned) is None:
            return None
        async with self._database.transaction() as transaction:
            transaction.is_awaited = False
            return await transaction.run(_claim, now, abandoned)

    async def renew(self, job_id: str, *, so_far: SoFar, now: datetime) -> bool:
        """Note that a job still runs, and how far it is; False: it is to be stopped."""
        values = {"renewed_at": now, **_how_far(so_far)}
        async with self._database.transaction() as transaction:
            transaction.is_awaited = False
            return await transaction.run(_renew, job_id, values)

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
        values = {
            "state": state.value,
            "error": error,
            "finished_at": now,
            "is_cancelling": False,
            **_how_far(so_far),
        }
        async with self._database.transaction() as transaction:
            transaction.is_awaited = False
            await transaction.run(_set, job_id, values)

    async def expire(self, before: datetime) -> None:
        """Delete jobs that have ended before that moment."""
        async with self._database.transaction() as transaction:
            transaction.is_awaited = False
            await transaction.run(_expire, before)


async def _keep(
    answer: KeptAnswer, at: datetime, transaction: DatabaseTransaction
) -> None:
    if not await SqlAnswerWriter(transaction).add([answer], at=at):
        raise IdempotencyInProgress


def _lock(connection: Connection) -> None:
    if connection.dialect.name != SQLITE:
        connection.execute(_LOCK)


def _add(connection: Connection, job: AskedJob) -> AskedJob | None:
    _lock(connection)
    same = select(asked_jobs).where(_ROWS.type == job.type.value, _IS_ACTIVE)
    row = connection.execute(same).mappings().first()
    if row is not None:
        return _job_of(row)
    values = {
        "id": job.id,
        "type": job.type.value,
        "state": job.state.value,
        "is_dry_run": job.is_dry_run,
        "created_at": job.created_at,
        "counts": "{}",
        "is_cancelling": False,
    }
    connection.execute(insert(asked_jobs), values)
    return None


def _page(
    connection: Connection,
    types: Collection[AskedType],
    states: Collection[AskedState],
    before_id: str | None,
    limit: int,
) -> Sequence[AskedJob]:
    query = select(asked_jobs).where(
        _ROWS.type.in_([one.value for one in types]),
        _ROWS.state.in_([one.value for one in states]),
    )
    if before_id is not None:
        query = query.where(_ROWS.id < before_id)
    rows = connection.execute(query.order_by(_ROWS.id.desc()).limit(limit)).mappings()
    return [_job_of(row) for row in rows]


def _one(connection: Connection, job_id: str) -> AskedJob | None:
    query = select(asked_jobs).where(_ROWS.id == job_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else _job_of(row)


def _cancel(connection: Connection, job_id: str, now: datetime) -> bool:
    _lock(connection)
    this = update(asked_jobs).where(_ROWS.id == job_id)
    ended = {"state": AskedState.CANCELED.value, "finished_at": now}
    if connection.execute(this.where(_IS_QUEUED).values(ended)).rowcount:
        return True
    stopping = this.where(_IS_RUNNING).values(is_cancelling=True)
    return bool(connection.execute(stopping).rowcount)


def _waiting(connection: Connection, abandoned: datetime) -> str | None:
    is_abandoned = and_(_IS_RUNNING, _ROWS.renewed_at < abandoned)
    query = select(_ROWS.id).where(or_(_IS_QUEUED, is_abandoned))
    return connection.scalar(query.order_by(_ROWS.id).limit(1))


def _claim(
    connection: Connection, now: datetime, abandoned: datetime
) -> AskedJob | None:
    _lock(connection)
    job_id = _waiting(connection, abandoned)
    if job_id is None:
        return None
    values = {"state": AskedState.RUNNING.value, "started_at": now, "renewed_at": now}
    _set(connection, job_id, values)
    return _one(connection, job_id)


def _renew(connection: Connection, job_id: str, values: Mapping[str, object]) -> bool:
    is_wanted = _ROWS.is_cancelling.is_(False)
    this = update(asked_jobs).where(_ROWS.id == job_id, _IS_RUNNING, is_wanted)
    return bool(connection.execute(this.values(dict(values))).rowcount)


def _set(connection: Connection, job_id: str, values: Mapping[str, object]) -> None:
    this = update(asked_jobs).where(_ROWS.id == job_id)
    connection.execute(this.values(dict(values)))


def _how_far(so_far: SoFar) -> dict[str, object]:
    done, total = so_far.progress or (None, None)
    return {
        "counts": msgspec.json.encode(so_far.counts).decode(),
        "tasks_done": done,
        "tasks_total": total,
    }


def _expire(connection: Connection, before: datetime) -> None:
    connection.execute(delete(asked_jobs).where(_ROWS.finished_at < before))


def _job_of(row: RowMapping) -> AskedJob:
    total = row["tasks_total"]
    return AskedJob(
        id=row["id"],
        type=_TYPES[row["type"]],
        state=_STATES[row["state"]],
        is_dry_run=row["is_dry_run"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        counts=msgspec.json.decode(row["counts"], type=dict[str, int]),
        progress=None if total is None else JobProgress(row["tasks_done"], total),
        error=row["error"],
        is_cancelling=row["is_cancelling"],
    )
