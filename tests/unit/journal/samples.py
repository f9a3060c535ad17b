"""Clicks, open journals and stores for tests."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from waypost.adapters.journal.files.folder import JournalFolder
from waypost.adapters.journal.files.segments import list_segments
from waypost.adapters.journal.writing.room import Bounds
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.clicks import Click, JournalPosition
from waypost.domain.links import Link
from waypost.ports.journal import COUNTS, ClickSource, DamagedRecord
from waypost.ports.storage import Storage
from waypost.services.clicks.journal_ids import new_journal_id
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import ClickHead, RecordedClick

MEGABYTE = 1024 * 1024


def sample_click(link_id: int = 1, *, time_ns: int = 0, agent: bytes = b"") -> Click:
    """Return a click on the link *link_id*."""
    return Click(
        time_ns=time_ns or 1_750_000_000_000_000_000 + link_id,
        code=f"c{link_id}",
        link_id=link_id,
        address="203.0.113.9",
        query=b"utm_source=test",
        host=b"go.example.com",
        user_agent=agent or b"Mozilla/5.0",
        referrer=b"https://example.com/",
        language=b"en",
        purpose=b"",
        fetch=b"none,navigate,document,?1",
        client_hints=b"",
        privacy=b"1",
        sender=b"",
    )


@contextmanager
def open_journal(
    path: Path,
    *,
    readers: Sequence[str] = (COUNTS,),
    segment_bytes: int = MEGABYTE,
    max_bytes: int = 64 * MEGABYTE,
    metrics: Metrics | None = None,
) -> Iterator[ClickJournal]:
    """Open the journal in *path*; always release the folder."""
    folder = JournalFolder.claim(path)
    try:
        journal = ClickJournal.open(
            folder,
            journal=new_journal_id(),
            readers=readers,
            bounds=Bounds(segment=segment_bytes, total=max_bytes),
            metrics=metrics or Metrics(),
        )
        yield journal
        journal.close()
    finally:
        folder.release()


def segment_file(folder: Path, number: int) -> Path:
    """Return the file of segment *number*."""
    (path,) = folder.glob(f"{number:020d}*.seg")
    return path


def segment_numbers(folder: Path) -> list[int]:
    """Return the numbers of the segments in *folder*, oldest first."""
    return [segment.number for segment in list_segments(folder)]


def recorded(lane: int, sequence: int, click: Click) -> RecordedClick:
    """Return what is read back of *click*."""
    head = ClickHead(click.time_ns, click.code, click.link_id)
    return RecordedClick(lane, sequence, head)


def write_clicks(journal: ClickJournal, link_ids: Iterable[int], lane: int = 0) -> None:
    """Record and commit one click for each of *link_ids*."""
    for link_id in link_ids:
        journal.record(sample_click(link_id), lane)
        journal.commit()


async def read_all(
    source: ClickSource, position: JournalPosition | None = None, *, limit: int = 100
) -> tuple[list[RecordedClick], list[DamagedRecord]]:
    """Return all clicks, and all damage, from *position* on."""
    clicks: list[RecordedClick] = []
    damaged: list[DamagedRecord] = []
    while True:
        batch = await source.read(position, limit=limit)
        clicks += batch.clicks
        damaged += batch.damaged
        if not batch.more:
            return clicks, damaged
        position = batch.position


async def store_with_links(count: int) -> MemoryStorage:
    """Return a store that has the links 1 to *count*."""
    storage = MemoryStorage()
    await add_links(storage, count)
    return storage


async def add_links(storage: Storage, count: int) -> None:
    """Add the links 1 to *count*."""
    now = datetime.now(UTC)
    async with storage.transaction() as transaction:
        for link_id in range(1, count + 1):
            link = Link(
                id=link_id,
                code=f"c{link_id}",
                target="https://example.com/",
                created_at=now,
                updated_at=now,
            )
            await transaction.links.add([link])


async def clicks_by_link(storage: Storage) -> dict[int, int]:
    """Return the counts that are not zero, by link id."""
    links = await storage.links.newest(limit=1_000)
    return {counted.link.id: counted.clicks for counted in links if counted.clicks}
