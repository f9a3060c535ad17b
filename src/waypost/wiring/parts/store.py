"""The database of the settings. Each kind is imported when it is opened."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from waypost.config import Settings
from waypost.ports.abuse.blocklists import Comparisons
from waypost.ports.abuse.reports import AbuseReports
from waypost.ports.access.keys import KeyStorage
from waypost.ports.analytics.orphans import OrphanStore
from waypost.ports.audit.trail import AuditTrail
from waypost.ports.batch.asked_jobs import AskedJobs
from waypost.ports.blocks import IdCounter
from waypost.ports.bulk.answers import KeptAnswers
from waypost.ports.bulk.results import DoneBatches
from waypost.ports.campaigns.templates import UtmTemplates
from waypost.ports.domains.store import DomainStorage
from waypost.ports.gaps import ClickGaps
from waypost.ports.leadership import Leadership
from waypost.ports.links import ClickBudgets, LinkLists
from waypost.ports.storage import InstanceSecrets, Storage
from waypost.ports.tags.store import TagReader
from waypost.wiring.topology import topology_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What one database provides."""

    storage: Storage
    lists: LinkLists
    tags: TagReader
    utm_templates: UtmTemplates
    budgets: ClickBudgets
    done_batches: DoneBatches
    answers: KeptAnswers
    keys: KeyStorage
    domains: DomainStorage
    blocks: IdCounter
    secrets: InstanceSecrets
    jobs: AskedJobs | None
    """None: nothing lasts, so that there is nothing to do."""
    gaps: ClickGaps | None
    """None: the store ends with its process, which counts its own clicks."""
    orphans: OrphanStore
    audit: AuditTrail
    abuse_reports: AbuseReports
    comparisons: Comparisons
    leadership: Callable[[str, float], Leadership] | None
    """Returns one by its name and lifetime in seconds. None: no other process has
    this store."""


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """Open the database of *settings*, upgraded to the newest schema.

    Raises:
        DatabaseRefused: It cannot be used; the text says what to do.
        BackendUnavailable: It does not answer.
    """
    open_it = _open_sql if topology_of(settings).is_lasting else _open_memory
    async with open_it(settings) as store:
        yield store


@asynccontextmanager
async def _open_memory(settings: Settings) -> AsyncIterator[Store]:
    from waypost.adapters.memory.abuse import MemoryAbuseReports, MemoryComparisons
    from waypost.adapters.memory.blocks import MemoryBlocks
    from waypost.adapters.memory.orphans import MemoryOrphans
    from waypost.adapters.memory.secrets import MemorySecrets
    from waypost.adapters.memory.storage import MemoryStorage

    storage = MemoryStorage(timeout_seconds=settings.DATABASE_TIMEOUT_SECONDS)
    yield Store(
        storage=storage,
        lists=storage.lists,
        tags=storage.tags,
        utm_templates=storage.utm_templates,
        budgets=storage.budgets,
        done_batches=storage.done_batches,
        answers=storage.answers,
        keys=storage,
        domains=storage,
        blocks=MemoryBlocks(),
        secrets=MemorySecrets(),
        jobs=None,
        gaps=None,
        orphans=MemoryOrphans(),
        audit=storage.audit,
        abuse_reports=MemoryAbuseReports(),
        comparisons=MemoryComparisons(),
        leadership=None,
    )


@asynccontextmanager
async def _open_sql(settings: Settings) -> AsyncIterator[Store]:
    from waypost.adapters.sql.abuse.comparisons import SqlComparisons
    from waypost.adapters.sql.abuse.reports import SqlAbuseReports
    from waypost.adapters.sql.blocks import SqlBlocks
    from waypost.adapters.sql.jobs.asked import SqlAskedJobs
    from waypost.adapters.sql.leadership import SqlLeadership
    from waypost.adapters.sql.orphans.store import SqlOrphans
    from waypost.adapters.sql.secrets import SqlSecrets
    from waypost.adapters.sql.statements.gaps import SqlGaps
    from waypost.adapters.sql.storage import SqlStorage

    await _upgrade(settings.database_url)
    storage = await SqlStorage.open(
        settings.database_url,
        timeout_seconds=settings.DATABASE_TIMEOUT_SECONDS,
        pool_size=settings.DATABASE_POOL_SIZE,
    )
    async with aclosing(storage):
        yield Store(
            storage=storage,
            lists=storage.lists,
            tags=storage.tags,
            utm_templates=storage.utm_templates,
            budgets=storage.budgets,
            done_batches=storage.done_batches,
            answers=storage.answers,
            keys=storage,
            domains=storage,
            blocks=SqlBlocks(storage.database, name=settings.ID_ALLOCATOR_KEY),
            secrets=SqlSecrets(storage.database),
            jobs=SqlAskedJobs(storage.database),
            gaps=SqlGaps(storage.database),
            orphans=SqlOrphans(storage.database),
            audit=storage.audit,
            abuse_reports=SqlAbuseReports(storage.database),
            comparisons=SqlComparisons(storage.database),
            leadership=lambda name, seconds: SqlLeadership(
                storage.database, name=name, lifetime_seconds=seconds
            ),
        )


async def _upgrade(url: str) -> None:
    """Give the database the newest schema, if it has not."""
    from waypost.adapters.sql.migrate import needs_upgrade, upgrade

    if await asyncio.to_thread(needs_upgrade, url):
        await asyncio.to_thread(upgrade, url)
