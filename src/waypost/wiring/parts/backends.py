"""Open the backends of a process that redirects, and close them in reverse order."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from waypost.adapters.backup.staging import require_no_restore
from waypost.adapters.journal.files.folder import JournalFolder
from waypost.adapters.journal.files.segments import list_segments
from waypost.adapters.journal.reading.source import JournalSource
from waypost.adapters.journal.writing.room import Bounds
from waypost.adapters.journal.writing.watch import JournalWatch
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.adapters.memory.near_cache import MemoryNearCache
from waypost.config import Settings
from waypost.ports.near_cache import NearCache
from waypost.ports.storage import ClickSettlement, Storage
from waypost.services.clicks.heads import HeadLoop, Recorded
from waypost.services.clicks.journal_counter import JournalCounter
from waypost.services.clicks.journal_ids import claim_journal_id
from waypost.services.clicks.settle import CountedElsewhere
from waypost.services.domains.known import KnownDomains
from waypost.telemetry.metrics import Metrics
from waypost.wiring.gathering import flush_seconds
from waypost.wiring.parts.instance import claim_data_dir
from waypost.wiring.parts.shared import Shared, open_shared
from waypost.wiring.parts.store import Store, open_store
from waypost.wiring.topology import topology_of

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Backends:
    """The backends of a process, for as long as it lives."""

    metrics: Metrics
    store: Store
    shared: Shared | None
    near: NearCache
    domains: KnownDomains
    """To be run, so that it learns of changes."""
    journal: ClickJournal
    watch: JournalWatch
    """Knows whether the journal keeps clicks; to be run."""
    counting: JournalCounter | None
    """Counts the journal's clicks here. None: they are forwarded, and counted
    elsewhere."""
    heads: HeadLoop | None
    """States how far the journal is forwarded. None: it is not forwarded."""

    @property
    def settlement(self) -> ClickSettlement:
        """What a report waits for before it reads the count."""
        if self.counting is not None:
            return self.counting
        return CountedElsewhere(
            journal=self.journal.journal,
            last=lambda: self.journal.last,
            storage=self.store.storage,
        )


@asynccontextmanager
async def open_backends(settings: Settings) -> AsyncIterator[Backends]:
    """Open what redirects and clicks need.

    Raises:
        SettingsError: The settings contradict each other.
        JournalError: The click journal cannot be used, or another process uses it.
        DataDirError: The data folder belongs to another database, or has links that
            this one lacks.
        RestoreUnfinishedError: The data folder waits for a restore to be finished.
        BackendUnavailable: The database cannot be opened.
    """
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        # First, because it keeps a second process from using the data folder.
        folder = JournalFolder.claim(stack.enter_context(_journal_path(settings)))
        stack.callback(folder.release)
        require_no_restore(settings.DATA_DIR)
        if topology_of(settings).is_shared:
            from waypost.wiring.parts.embedded import require_nothing_left_behind

            await asyncio.to_thread(require_nothing_left_behind, settings)
        store = await stack.enter_async_context(open_store(settings))
        journal = stack.enter_context(
            closing(await _open_journal(folder, store, settings, metrics))
        )
        yield Backends(
            metrics=metrics,
            store=store,
            shared=await stack.enter_async_context(open_shared(settings)),
            near=_near_cache(settings, metrics),
            domains=await _open_domains(store, settings),
            journal=journal,
            watch=JournalWatch(journal),
            counting=_counting(journal, store.storage, settings, metrics),
            heads=_heads(journal, store, settings),
        )


async def _open_domains(store: Store, settings: Settings) -> KnownDomains:
    known = KnownDomains(store.domains.domains, base_url=settings.base_url)
    await known.refresh()
    return known


@contextmanager
def _journal_path(settings: Settings) -> Iterator[Path]:
    """Yield the journal's folder: a temporary one where links are not kept."""
    if topology_of(settings).is_lasting:
        yield settings.journal_folder
        return
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="journal-", dir=settings.DATA_DIR) as path:
        yield Path(path)


async def _open_journal(
    folder: JournalFolder, store: Store, settings: Settings, metrics: Metrics
) -> ClickJournal:
    if topology_of(settings).is_lasting:
        await claim_data_dir(
            settings.DATA_DIR,
            secrets=store.secrets,
            is_ours=partial(_is_ours, folder, store.storage),
        )
    return ClickJournal.open(
        folder,
        journal=await claim_journal_id(storage=store.storage),
        readers=topology_of(settings).journal_readers,
        bounds=Bounds(
            segment=settings.JOURNAL_SEGMENT_MEGABYTES * MEGABYTE,
            total=settings.JOURNAL_MAX_MEGABYTES * MEGABYTE,
        ),
        metrics=metrics,
    )


async def _is_ours(folder: JournalFolder, storage: Storage) -> bool:
    """Return whether the database knows the journals of all clicks in *folder*."""
    journals = {segment.journal for segment in list_segments(folder.path)}
    async with storage.transaction() as transaction:
        positions = [await transaction.clicks.position(each) for each in journals]
    return None not in positions


def _near_cache(settings: Settings, metrics: Metrics) -> NearCache:
    near = MemoryNearCache(
        max_bytes=settings.NEAR_CACHE_MEGABYTES * MEGABYTE,
        fresh_seconds=settings.NEAR_CACHE_SECONDS,
        absent_seconds=settings.ABSENCE_CACHE_SECONDS,
        tally=metrics.tally,
    )
    metrics.near_entries.set_function(lambda: near.entries)
    metrics.near_bytes.set_function(lambda: near.bytes_used)
    return near


def _counting(
    journal: ClickJournal, storage: Storage, settings: Settings, metrics: Metrics
) -> JournalCounter | None:
    if topology_of(settings).has_kafka:
        return None
    return JournalCounter(
        source=JournalSource(journal, metrics=metrics),
        storage=storage,
        metrics=metrics,
        limit=settings.INGESTION_BATCH_SIZE,
        interval=flush_seconds(settings),
    )


def _heads(journal: ClickJournal, store: Store, settings: Settings) -> HeadLoop | None:
    if not topology_of(settings).has_kafka or store.gaps is None:
        return None
    return HeadLoop(
        journal=journal.journal,
        recorded=lambda: Recorded(journal.position, journal.last),
        gaps=store.gaps,
        ended=journal.ended(),
    )
