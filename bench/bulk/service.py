"""What links are made with, as `waypost serve` puts it together, without HTTP."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

from waypost.adapters.local import IdnaHostNames, SystemClock
from waypost.adapters.password_hashes import Argon2Hasher
from waypost.adapters.sql import migrate
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.codes import CodePermutation
from waypost.domain.events import CACHES, LinkEvent
from waypost.domain.urls.own_server import OwnServer
from waypost.domain.urls.targets import TargetPolicy
from waypost.services.ids.allocate import CodeAllocator
from waypost.services.links.context import LinkContext
from waypost.services.links.create_batches import (
    CreateBatches,
    CreateContext,
    CreateLimits,
)
from waypost.telemetry.metrics import Metrics

_READERS = (CACHES,)
_BLOCK = 1_000


@asynccontextmanager
async def open_links(url: str) -> AsyncIterator[LinkContext]:
    """Open the database of *url*, which is migrated first."""
    migrate.upgrade(url)
    storage = await SqlStorage.open(url, timeout_seconds=60)
    async with aclosing(storage):
        yield _context(storage)


def _context(storage: SqlStorage) -> LinkContext:
    metrics = Metrics()
    batches = CreateBatches(
        CreateContext(
            storage=storage,
            event_readers=_READERS,
            forget=_forget,
            nudge=_nudge,
            metrics=metrics,
        ),
        limits=CreateLimits(),
    )
    return LinkContext(
        storage=storage,
        lists=storage.lists,
        allocator=CodeAllocator(
            blocks=SqlBlocks(storage.database, name="links"),
            permutation=CodePermutation(b"a key for the benchmark"),
            block_size=_BLOCK,
            metrics=metrics,
        ),
        batches=batches,
        policy=TargetPolicy(
            schemes=frozenset({"http", "https"}),
            max_length=8192,
            allow_credentials=False,
            own=OwnServer(hosts=frozenset({"go.example.com"}), ports=frozenset({443})),
        ),
        are_unicode_codes_allowed=False,
        restorable=timedelta(days=7),
        passwords=Argon2Hasher(threads=1),
        hosts=IdnaHostNames(),
        clock=SystemClock(),
        event_readers=_READERS,
        nudge=_nudge,
    )


def _forget(code: str) -> None:
    """Do nothing: there is no cache."""


def _nudge(event: LinkEvent) -> None:
    """Do nothing: there is no cache."""
