"""Open the jobs that the settings ask for, with their lock and their audit trail."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from waypost.adapters.files.folder import FolderArchive
from waypost.adapters.local import SystemClock
from waypost.adapters.sql.leadership import SqlLeadership
from waypost.adapters.sql.orphans.store import SqlOrphans
from waypost.adapters.sql.statements.gaps import SqlGaps
from waypost.adapters.sql.storage import SqlStorage
from waypost.config import Settings, SettingsError
from waypost.domain.analytics.jobs import JobRun
from waypost.domain.audit.entries import Action, Cause, Resource
from waypost.ports.batch.jobs import Archive
from waypost.services.audit.work import note_work
from waypost.services.exports.clicks import ClickSource
from waypost.services.jobs.archiving import Archiving
from waypost.services.jobs.judging import reclassifying, verifying
from waypost.services.jobs.retaining import Retention
from waypost.services.jobs.runner import JobContext, Plan, run_job
from waypost.services.jobs.tasks import Task, TasksDone
from waypost.wiring.analytics.agents import open_machines
from waypost.wiring.analytics.store import ClickStore
from waypost.wiring.drivers import PARQUET
from waypost.wiring.exports import open_forms
from waypost.wiring.jobs.known import (
    ARCHIVE,
    RECLASSIFY,
    RETENTION,
    VERIFY,
    open_trail,
)

LOCK_SECONDS: Final = 60.0
"""How long a lock lasts whose process was killed."""
_CONNECTIONS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """Jobs over an open store."""

    plans: Mapping[str, Plan]
    context: JobContext
    note: Callable[[Action, Resource], Awaitable[None]]

    async def run(
        self, name: str, *, is_dry_run: bool = False, outcome: TasksDone | None = None
    ) -> JobRun:
        """Run a job; see `run_job`."""
        return await run_job(
            name,
            self.plans[name],
            is_dry_run=is_dry_run,
            context=self.context,
            outcome=outcome,
        )

    async def erase(
        self, what: Resource, erase: Callable[[], Awaitable[int]]
    ) -> JobRun:
        """Run *erase*, which is in the trails as a job too."""

        async def run(is_dry_run: bool) -> Mapping[str, int]:  # noqa: FBT001 - as a task is called
            return {} if is_dry_run else {"clicks_erased": await erase()}

        async def plan() -> Sequence[Task]:
            return [Task(name=f"erase {_name_of(what)}", run=run)]

        async def note(_: JobRun) -> None:
            await self.note(Action.CLICKS_ERASED, what)

        context = replace(self.context, note=note)
        return await run_job("erase", plan, is_dry_run=False, context=context)


@asynccontextmanager
async def open_jobs(
    settings: Settings, store: ClickStore, *, by: Cause
) -> AsyncIterator[Jobs]:
    """Open the jobs of *settings* over *store*; *by* is who runs them.

    Raises:
        BackendUnavailable: The database does not answer.
    """
    async with AsyncExitStack() as stack:
        storage = await SqlStorage.open(
            settings.database_url,
            timeout_seconds=settings.DATABASE_TIMEOUT_SECONDS,
            pool_size=_CONNECTIONS,
        )
        await stack.enter_async_context(aclosing(storage))
        note = partial(_note, by=by, storage=storage)
        yield Jobs(
            note=note,
            plans=_plans(settings, store, storage),
            context=JobContext(
                lock=lambda name: SqlLeadership(
                    storage.database,
                    name=f"job {name}",
                    lifetime_seconds=LOCK_SECONDS,
                ),
                trail=open_trail(settings),
                clock=SystemClock(),
                note=lambda run: note(
                    Action.JOB_STARTED, Resource("job", run.id, run.job)
                ),
            ),
        )


async def _note(
    action: Action, resource: Resource, *, by: Cause, storage: SqlStorage
) -> None:
    await note_work(
        action, resource, what={}, by=by, storage=storage, clock=SystemClock()
    )


def _name_of(resource: Resource) -> str:
    return " ".join(filter(None, (resource.type, resource.id)))


def _plans(
    settings: Settings, store: ClickStore, storage: SqlStorage
) -> Mapping[str, Plan]:
    async def archive() -> Sequence[Task]:
        return await _archiving(settings, store, storage).tasks()

    async def retention() -> Sequence[Task]:
        rules = Retention(
            store=store,
            orphans=SqlOrphans(storage.database),
            clock=SystemClock(),
            rows_days=settings.CLICK_RETENTION_DAYS,
            rollups_days=settings.REPORT_RETENTION_DAYS,
            is_archived=bool(settings.ARCHIVE),
        )
        return rules.tasks(await archive() if settings.ARCHIVE else ())

    async def reclassify() -> Sequence[Task]:
        return reclassifying(store, lambda: open_machines().machine_of_agent)

    async def verify() -> Sequence[Task]:
        return verifying(store, SqlGaps(storage.database))

    return {
        ARCHIVE: archive,
        RETENTION: retention,
        RECLASSIFY: reclassify,
        VERIFY: verify,
    }


def _archiving(settings: Settings, store: ClickStore, storage: SqlStorage) -> Archiving:
    if not settings.ARCHIVE:
        raise SettingsError(
            "ARCHIVE names no place: set it to a folder, or to s3://bucket/prefix."
        )
    if PARQUET.is_missing:
        raise SettingsError(PARQUET.advice)
    return Archiving(
        store=store,
        source=ClickSource(
            store=store,
            links=storage.links,
            default_domain=urlsplit(settings.base_url).netloc,
        ),
        archive=_open_archive(settings.ARCHIVE),
        form=open_forms()["parquet"],
        clock=SystemClock(),
    )


def _open_archive(place: str) -> Archive:
    if place.startswith("s3://"):
        from waypost.adapters.parquet.bucket import BucketArchive

        return BucketArchive(place)
    return FolderArchive(Path(place))
