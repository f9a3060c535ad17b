"""A click journal without a running server.

Nothing here takes the journal's lock, so a server may run meanwhile.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from waypost.adapters.journal.files.readers import ReaderFile
from waypost.adapters.journal.files.segments import list_segments, unread_bytes
from waypost.adapters.journal.reading.inspect import (
    JournalReport,
    SegmentReport,
    inspect_journal,
)
from waypost.adapters.journal.reading.source import FolderSource
from waypost.adapters.sql.statements.gaps import SqlGaps
from waypost.config import Settings
from waypost.domain.clicks import START, JournalPosition
from waypost.domain.gaps import MissingClicks
from waypost.domain.sequences import CountedSequences
from waypost.ports.journal import COUNTS, ROWS
from waypost.services.clicks.journal_counts import Counted, counted_position, replay
from waypost.telemetry.metrics import Metrics
from waypost.wiring.analytics.store import open_click_store
from waypost.wiring.offline.storage import open_storage
from waypost.wiring.topology import topology_of

# Types of the adapter for commands; only wiring may import them.
__all__ = [
    "JournalReport",
    "ReaderReport",
    "SegmentReport",
    "has_journal",
    "inspect_journal",
    "journal_readers",
    "missing_clicks",
    "replay_journal",
    "uncounted_clicks",
]

_PAGE = 1_000

Positions: TypeAlias = Callable[[str], Awaitable[JournalPosition | None]]
"""Returns up to where a journal has been read."""


def has_journal(settings: Settings) -> bool:
    """Return whether the server of these settings has left clicks in its journal."""
    return bool(list_segments(settings.journal_folder))


async def uncounted_clicks(settings: Settings) -> int:
    """Return how many clicks of the server's own journal are not counted yet.

    Raises:
        As `open_storage`, and JournalError: There is no journal, or it is unreadable.
    """
    source = FolderSource(settings.journal_folder, metrics=Metrics())
    waiting = 0
    known: dict[str, dict[int, CountedSequences]] = {}
    async with open_storage(settings) as storage:
        position = await source.begin(partial(counted_position, storage=storage))
        while (batch := await source.read(position, limit=_PAGE)).journal:
            if batch.journal not in known:
                async with storage.transaction() as reading:
                    known[batch.journal] = await reading.clicks.counted(batch.journal)
            counted = known[batch.journal]
            waiting += sum(
                click.sequence not in counted.get(click.lane, CountedSequences())
                for click in batch.clicks
            )
            position = batch.position
    return waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderReport:
    """How far a reader of the server's own journal is."""

    reader: str
    segment: int
    """The number of the segment in which it goes on."""
    offset: int
    """At which byte of it."""
    unread_bytes: int
    """Bytes of clicks that it has still to read."""


async def journal_readers(settings: Settings) -> list[ReaderReport]:
    """Return how far each reader of the server's own journal is.

    Raises:
        As `open_storage`, and JournalError: There is no journal, or it is unreadable.
    """
    folder = settings.journal_folder
    source = FolderSource(folder, metrics=Metrics())
    reports = []
    for reader in topology_of(settings).journal_readers:
        async with _positions(settings, reader) as positions:
            position = await source.begin(positions) or START
        reports.append(
            ReaderReport(
                reader=reader,
                segment=position.segment,
                offset=position.offset,
                unread_bytes=_unread(folder, position),
            )
        )
    return reports


@asynccontextmanager
async def _positions(settings: Settings, reader: str) -> AsyncIterator[Positions]:
    """Open what returns up to where *reader* has read a journal."""
    if reader == COUNTS:
        async with open_storage(settings) as storage:
            yield partial(counted_position, storage=storage)
    elif reader == ROWS and not topology_of(settings).has_kafka:
        async with open_click_store(settings) as store:
            yield store.position
    else:
        yield ReaderFile(settings.journal_folder, reader).load


def _unread(folder: Path, position: JournalPosition) -> int:
    sizes = []
    for segment in list_segments(folder):
        with suppress(FileNotFoundError):  # it was deleted meanwhile
            sizes.append((segment, segment.path.stat().st_size))
    return unread_bytes(position, sizes)


async def missing_clicks(settings: Settings) -> Sequence[MissingClicks]:
    """Return which clicks the ingest workers have found not to be counted.

    Raises:
        As `open_storage`.
    """
    async with open_storage(settings) as storage:
        return await SqlGaps(storage.database).missing()


async def replay_journal(
    settings: Settings, folder: Path, *, progress: Callable[[Counted], None]
) -> Counted:
    """Count the clicks in *folder* that are not counted yet, each exactly once.

    Safe beside a running server: each click is checked and marked in the
    transaction that counts it. *progress* gets the sum after every batch.

    Raises:
        As `uncounted_clicks`.
    """
    metrics = Metrics()
    source = FolderSource(folder, metrics=metrics)
    async with open_storage(settings) as storage:
        return await replay(
            source=source,
            storage=storage,
            metrics=metrics,
            limit=settings.INGESTION_BATCH_SIZE,
            progress=progress,
        )
