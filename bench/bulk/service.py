"""Links that are made without HTTP, by what `waypost serve` puts together."""

import asyncio
import cProfile
import pstats
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from bench.servers import TARGET
from waypost.adapters.local import IdnaHostNames, SystemClock
from waypost.adapters.password_hashes import Argon2Hasher
from waypost.adapters.sql import migrate
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.audit.entries import BY_COMMAND
from waypost.domain.codes import CodePermutation
from waypost.domain.events import CACHES, LinkEvent
from waypost.domain.urls.own_server import OwnServer
from waypost.domain.urls.targets import TargetPolicy
from waypost.services.bulk.carry_out import carry_out
from waypost.services.bulk.items import Done
from waypost.services.ids.allocate import CodeAllocator
from waypost.services.links.context import LinkContext
from waypost.services.links.create import LinkCreation, drafted
from waypost.services.links.create_batches import (
    CreateBatches,
    CreateContext,
    CreateLimits,
)
from waypost.telemetry.metrics import Metrics

_READERS = (CACHES,)
_BLOCK = 1_000
_TOGETHER: Final = 1_000


def by_service(folder: Path, number: int, *, url: str, is_profiled: bool) -> None:
    """Print how many links a second are made on SQLite and in the database of *url*."""
    print("SQLite")
    if is_profiled:
        with cProfile.Profile() as profile:
            asyncio.run(_make(f"sqlite:///{folder}/waypost.db", number))
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    else:
        asyncio.run(_make(f"sqlite:///{folder}/waypost.db", number))
    print("PostgreSQL")
    asyncio.run(_make(url, number))


async def _make(url: str, number: int) -> None:
    async with open_links(url) as context:
        await _made(range(_TOGETHER), context)
        began, used = time.perf_counter(), time.process_time()
        for first in range(0, number, _TOGETHER):
            await _made(range(first, first + _TOGETHER), context)
        rate = number / (time.perf_counter() - began)
        cost = (time.process_time() - used) / number * 1e6
    print(f"  service  {rate:>8,.0f} links/s  {cost:.1f} us of processor time a link")


async def _made(numbers: Iterable[int], context: LinkContext) -> None:
    drafts = [
        drafted(LinkCreation(url=f"{TARGET}{n}"), context=context) for n in numbers
    ]
    outcomes = await carry_out(drafts, by=BY_COMMAND, context=context)
    assert all(isinstance(one, Done) for one in outcomes), "every link is made"


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
