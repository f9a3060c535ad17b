"""Open what one process works with, in order, and close it in reverse."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from waypost.adapters.journal.folder import JournalFolder
from waypost.adapters.journal.reader import JournalSource
from waypost.adapters.journal.writer import ClickJournal
from waypost.adapters.local import IdnaHostNames, SystemClock
from waypost.adapters.memory.cache import MemoryNearCache
from waypost.config import Settings, SettingsError
from waypost.domain.codes import CodePermutation
from waypost.domain.errors import InvalidTarget
from waypost.domain.targets import TargetPolicy, own_host
from waypost.ports.caching import NearCache
from waypost.ports.clicks import ClickRecorder
from waypost.ports.runtime import Clock, HostNames
from waypost.ports.storage import JournalPosition, Storage
from waypost.services.allocate import CodeAllocator
from waypost.services.ingest import IngestLoop
from waypost.telemetry.metrics import Metrics
from waypost.wiring.registry import Store, open_store

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Backends:
    """What a process works with, for as long as it lives."""

    metrics: Metrics
    storage: Storage
    near: NearCache
    recorder: ClickRecorder
    ingest: IngestLoop
    allocator: CodeAllocator
    policy: TargetPolicy
    hosts: HostNames
    clock: Clock


@asynccontextmanager
async def open_backends(settings: Settings) -> AsyncIterator[Backends]:
    """Open everything that the embedded product needs.

    Raises:
        SettingsError: The settings ask for what cannot be.
        JournalError: The click journal cannot be used, or somebody else uses it.
        BackendUnavailable: The database cannot be opened.
    """
    metrics = Metrics()
    hosts = IdnaHostNames()
    policy = _policy(settings, hosts)
    async with AsyncExitStack() as stack:
        # First, because it keeps a second process off the whole data folder.
        folder = JournalFolder.claim(stack.enter_context(_journal_path(settings)))
        stack.callback(folder.release)
        store = await stack.enter_async_context(open_store(settings))
        journal = stack.enter_context(
            closing(await _open_journal(folder, store.storage, settings, metrics))
        )
        yield Backends(
            metrics=metrics,
            storage=store.storage,
            near=_near_cache(settings, metrics),
            recorder=journal,
            ingest=IngestLoop(
                source=JournalSource(journal, metrics=metrics),
                storage=store.storage,
                metrics=metrics,
                limit=settings.INGESTION_BATCH_SIZE,
                interval=settings.INGESTION_FLUSH_INTERVAL_SECONDS,
            ),
            allocator=await _allocator(store, settings, metrics),
            policy=policy,
            hosts=hosts,
            clock=SystemClock(),
        )


@contextmanager
def _journal_path(settings: Settings) -> Iterator[Path]:
    """Yield the journal's folder: one to throw away where links are not kept."""
    if urlsplit(settings.database_url).scheme != "memory":
        yield settings.DATA_DIR / "journal"
        return
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="journal-", dir=settings.DATA_DIR) as path:
        yield Path(path)


async def _open_journal(
    folder: JournalFolder, storage: Storage, settings: Settings, metrics: Metrics
) -> ClickJournal:
    async with storage.transaction() as transaction:
        counted = await transaction.clicks.counted(folder.journal)
        position = await transaction.clicks.position(folder.journal)
        if position is None:
            folder.require_unused()
            position = JournalPosition(0, 0)
            await transaction.clicks.add(
                journal=folder.journal, clicks={}, counted={}, position=position
            )
    return ClickJournal.open(
        folder,
        segment_bytes=settings.JOURNAL_SEGMENT_MEGABYTES * MEGABYTE,
        max_bytes=settings.JOURNAL_MAX_MEGABYTES * MEGABYTE,
        metrics=metrics,
        at_least={lane: sequences.last for lane, sequences in counted.items()},
        after=position,
    )


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


async def _allocator(
    store: Store, settings: Settings, metrics: Metrics
) -> CodeAllocator:
    key = settings.CODE_KEY or await store.secrets.secret("code_key")
    return CodeAllocator(
        blocks=store.blocks,
        permutation=CodePermutation(key.encode()),
        block_size=settings.ID_BLOCK_SIZE,
        metrics=metrics,
    )


def _policy(settings: Settings, hosts: HostNames) -> TargetPolicy:
    try:
        own = own_host(settings.base_url, to_ascii=hosts.to_ascii)
    except InvalidTarget as error:
        raise SettingsError(f"BASE_URL is wrong: {error}") from error
    return TargetPolicy(
        schemes=settings.ALLOWED_SCHEMES,
        max_length=settings.TARGET_MAX_LENGTH,
        allow_credentials=settings.ALLOW_CREDENTIALS_IN_TARGETS,
        own_hosts=frozenset({own}),
    )
