"""A process's look-ups over backends that the test holds in its hands."""

import asyncio
from typing import Protocol

from tests.fakes import SettableClock
from tests.unit.edge.backends import GatedCache, GatedStore, settle
from waypost.adapters.memory.near_cache import MemoryNearCache
from waypost.edge.lookups import LinkSources, Lookups
from waypost.ports.near_cache import NearEntry
from waypost.telemetry.metrics import Tally


class Process:
    """A process's look-ups, with a near cache of its own."""

    def __init__(
        self, store: GatedStore, cache: GatedCache | None, *, timeout: float = 5
    ) -> None:
        self.clock = SettableClock()
        self.tally = Tally()
        self.near = MemoryNearCache(
            max_bytes=1_000_000,
            fresh_seconds=60,
            absent_seconds=60,
            tally=self.tally,
            monotonic=self.clock.monotonic,
        )
        self.lookups = Lookups(
            sources=LinkSources(links=store, shared=cache),
            near=self.near,
            tally=self.tally,
            timeout_seconds=timeout,
            monotonic=self.clock.monotonic,
        )

    async def version(self, code: str) -> int:
        """Return which version of *code* a visitor is sent to, 0 for none."""
        entry = await self.lookups.find(code)
        return entry.version if entry else 0


class MakeProcess(Protocol):
    """Makes processes over one store."""

    def __call__(
        self, cache: GatedCache | None = None, *, timeout: float = 5
    ) -> Process:
        """Return one with this shared cache."""
        ...


async def asking(lookups: Lookups, code: str) -> asyncio.Task[NearEntry | None]:
    """Return a visitor's question that has got as far as it can."""
    task = asyncio.create_task(lookups.find(code))
    await settle()
    return task
