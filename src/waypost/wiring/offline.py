"""What works without a running server: the database and the journal of a folder.

Nothing here takes the journal's lock, so a server may run meanwhile.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

from waypost.adapters.journal.inspect import (
    JournalReport,
    SegmentReport,
    inspect_journal,
)
from waypost.adapters.journal.reader import FolderSource
from waypost.adapters.journal.segments import list_segments
from waypost.adapters.local import IdnaHostNames
from waypost.adapters.sql.database import DatabaseRefused, is_postgres
from waypost.adapters.sql.gaps import SqlGaps
from waypost.adapters.sql.sqlite.engine import database_path
from waypost.adapters.sql.storage import SqlStorage
from waypost.config import Settings
from waypost.domain.gaps import MissingClicks
from waypost.domain.links import CountedLink
from waypost.domain.sequences import CountedSequences
from waypost.domain.targets import leads_back
from waypost.services.ingest import Counted, counted_position, replay
from waypost.services.report import newest
from waypost.telemetry.metrics import Metrics
from waypost.wiring.embedded import left_behind
from waypost.wiring.schema import read_schema
from waypost.wiring.targets import own_server

__all__ = [
    "Counted",
    "JournalReport",
    "MissingClicks",
    "SegmentReport",
    "has_journal",
    "inspect_journal",
    "journal_folder",
    "looping_links",
    "missing_clicks",
    "newest_links",
    "replay_journal",
    "uncounted_clicks",
]

_PAGE = 1_000


async def newest_links(settings: Settings, *, limit: int) -> AsyncIterator[CountedLink]:
    """Yield up to *limit* links, the newest first, with the clicks counted so far.

    Raises:
        As `read_schema`, and DatabaseRefused: The database needs an upgrade first.
    """
    async with open_storage(settings) as storage:
        before: int | None = None
        while limit > 0:
            size = min(limit, _PAGE)
            page = await newest(limit=size, links=storage.links, before_id=before)
            for counted in page:
                yield counted
            if len(page) < size:
                break
            limit -= size
            before = page[-1].link.id


async def looping_links(
    settings: Settings, *, limit: int
) -> AsyncIterator[tuple[str, bool]]:
    """Yield the code of each of the newest *limit* links, and whether it is a loop.

    A loop leads back to the server of *settings*: its target was not one of the
    server's own names when the link was stored.

    Raises:
        As `newest_links`, and SettingsError: `BASE_URL` or `OWN_HOSTS` is wrong.
    """
    own = own_server(settings, to_ascii=IdnaHostNames().to_ascii)
    async for counted in newest_links(settings, limit=limit):
        link = counted.link
        yield link.code, leads_back(link.target, own=own)


def journal_folder(settings: Settings) -> Path:
    """Return where the server of these settings keeps its click journal."""
    return settings.DATA_DIR / "journal"


def has_journal(settings: Settings) -> bool:
    """Tell whether the server of these settings has left clicks in its journal."""
    return bool(list_segments(journal_folder(settings)))


async def uncounted_clicks(settings: Settings) -> int:
    """Return how many clicks of the server's own journal are not counted yet.

    Raises:
        As `newest_links`, and JournalError: There is no journal, or it is unreadable.
    """
    source = FolderSource(journal_folder(settings), metrics=Metrics())
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


async def missing_clicks(settings: Settings) -> Sequence[MissingClicks]:
    """Return which clicks the ingest workers have found not to be counted.

    Raises:
        As `newest_links`.
    """
    async with open_storage(settings) as storage:
        return await SqlGaps(storage.database).missing()


async def replay_journal(
    settings: Settings, folder: Path, *, progress: Callable[[Counted], None]
) -> Counted:
    """Count the clicks in *folder* that are not counted yet, each exactly once.

    Safe beside a running server: what is counted is decided and remembered in the
    transaction that counts. *progress* hears the sum after every batch.

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


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[SqlStorage]:
    """Open the database, whether a server uses it or not.

    Raises:
        As `read_schema`, and DatabaseRefused: The database needs an upgrade first.
    """
    require_current_schema(settings)
    storage = await SqlStorage.open(
        settings.database_url, timeout_seconds=settings.DATABASE_TIMEOUT_SECONDS
    )
    async with aclosing(storage):
        yield storage


def require_current_schema(settings: Settings) -> None:
    """Refuse a database that needs an upgrade first, is not there, or lacks the links.

    Raises:
        As `open_storage`.
    """
    if left := left_behind(settings):
        raise DatabaseRefused(f"{left.finding} {left.remedy}")
    if not read_schema(settings).is_current:
        raise DatabaseRefused(_not_ready(settings.database_url))


def _not_ready(url: str) -> str:
    path = None if is_postgres(url) else database_path(url)
    if path is None or path.exists():
        return (
            f"The database {path or 'on the PostgreSQL server'} does not have the "
            "schema of this release yet. Run `waypost migrate`."
        )
    return (
        f"There is no database {path} yet. Start the server once with "
        "`waypost serve`, or say where it is with --data-dir."
    )
