"""Jobs as commands run them, beside a server or without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from waypost.config import Settings
from waypost.domain.analytics.jobs import JobRun
from waypost.domain.audit.entries import BY_COMMAND, Resource
from waypost.domain.errors import LinkNotFound, Unusable
from waypost.services.reports.link_names import link_ids
from waypost.wiring.analytics.store import ClickStore, open_click_store
from waypost.wiring.jobs.opening import Jobs, open_jobs
from waypost.wiring.offline.exports import require_clicks
from waypost.wiring.offline.storage import open_storage


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[ClickStore, Jobs]]:
    require_clicks(settings)
    async with (
        open_storage(settings),  # for its checks of the database
        open_click_store(settings) as store,
        open_jobs(settings, store, by=BY_COMMAND) as jobs,
    ):
        yield store, jobs


async def run(settings: Settings, name: str, *, is_dry_run: bool) -> JobRun:
    """Run the job called *name*; return how it has ended.

    Raises:
        Unusable: There is no store of clicks, or the database cannot be used.
        OSError: The audit trail cannot be written.
        BackendUnavailable: The database does not answer.
    """
    async with _opened(settings) as (_, jobs):
        return await jobs.run(name, is_dry_run=is_dry_run)


async def erase_link(settings: Settings, name: str) -> JobRun:
    """Erase all clicks of the link called *name*; raises as `run`."""
    async with _opened(settings) as (store, jobs), open_storage(settings) as storage:
        domain = urlsplit(settings.base_url).netloc
        try:
            ids = await link_ids([name], links=storage.links, default_domain=domain)
        except LinkNotFound as error:
            raise Unusable(str(error)) from error
        (link_id,) = ids
        return await jobs.erase(
            Resource("link", str(link_id)), lambda: store.erase_link(link_id)
        )


async def erase_visitor(settings: Settings, day: int, visitor: int) -> JobRun:
    """Erase all clicks of a visitor's hash of a UTC day; raises as `run`."""
    async with _opened(settings) as (store, jobs):
        return await jobs.erase(
            Resource("visitor"), lambda: store.erase_visitor(day, visitor)
        )
