"""A workplace for creating links, over a store in memory that can be held up."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from tests.fakes import SettableClock
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.events import CACHES, EventReader, LinkEvent
from waypost.domain.links import Link
from waypost.ports.storage import Transaction
from waypost.services.links.create_batches import (
    CreateBatches,
    CreateContext,
    CreateLimits,
)
from waypost.telemetry.metrics import Metrics

Trouble = Callable[[], Exception | None]


class SlowStore:
    """Stores links when it is let, and fails as a test says."""

    def __init__(self) -> None:
        self._store = MemoryStorage(timeout_seconds=60)
        self.links = self._store.links
        self.open = asyncio.Event()
        self.open.set()
        self.begun = asyncio.Event()
        """Whether a transaction has begun since a test cleared it."""
        self.batches: list[list[str]] = []
        """The codes of each transaction that was tried."""
        self.trouble: Trouble = lambda: None
        self.poison: str | None = None
        """A code that spoils its whole transaction."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction that waits before its links are stored."""
        async with self._store.transaction() as transaction:
            add = transaction.links.add

            async def add_slowly(links: Sequence[Link]) -> frozenset[int]:
                self.batches.append([link.code for link in links])
                self.begun.set()
                await self.open.wait()
                if any(link.code == self.poison for link in links):
                    raise ValueError(self.poison)
                error = self.trouble()
                if error is not None:
                    raise error
                return await add(links)

            transaction.links.add = add_slowly  # type: ignore[method-assign]  # held up
            yield transaction

    async def ping(self) -> None:
        """Answer, as if all were well."""


class Workplace:
    """A `CreateBatches`, and the events that it reports."""

    def __init__(
        self,
        *,
        limits: CreateLimits | None = None,
        event_readers: Sequence[EventReader] = (CACHES,),
    ) -> None:
        self.store = SlowStore()
        self.forgotten: list[str] = []
        self.events: list[LinkEvent] = []
        self.metrics = Metrics()
        self.creation = CreateBatches(
            CreateContext(
                storage=self.store,
                event_readers=event_readers,
                forget=self.forgotten.append,
                nudge=self.events.append,
                metrics=self.metrics,
            ),
            limits=limits or CreateLimits(),
        )

    def start(self, link: Link, *, is_chosen: bool = False) -> asyncio.Task[None]:
        """Begin to create *link*."""
        return asyncio.create_task(self.creation.add(link, is_chosen=is_chosen))

    async def hold_up(self) -> asyncio.Task[None]:
        """Let a first create, of the code `first`, stop in its transaction."""
        self.store.open.clear()
        first = self.start(link(1_000_000, "first"))
        await self.store.begun.wait()
        return first


def link(number: int, code: str | None = None) -> Link:
    """Return a link that is not stored yet."""
    now = SettableClock().now()
    return Link(
        id=number,
        code=code or f"code{number}",
        target="https://example.com/",
        created_at=now,
        updated_at=now,
    )


async def turns(number: int = 5) -> None:
    """Let everything that can go on do so."""
    for _ in range(number):
        await asyncio.sleep(0)
