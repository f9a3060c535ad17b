"""Calls that may be sent again, in this process's memory."""

from collections import ChainMap
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from waypost.ports.bulk.results import CallName, DoneBatch

_KEPT: Final = timedelta(days=1)

Stored: TypeAlias = MutableMapping[tuple[CallName, int], tuple[datetime, DoneBatch]]
"""Batches by their call and their first item, with the moment at which each was
stored."""


class MemoryDoneBatches:
    """Look-ups of what is committed."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    async def next_done(self, call: CallName, *, first: int) -> DoneBatch | None:
        """Return the first batch of *call* with the *first* items or later ones."""
        places = [at for of, at in self._stored if of == call and at >= first]
        return self._stored[call, min(places)][1] if places else None


class MemoryBatchWriter:
    """Changes, inside a transaction."""

    def __init__(
        self, stored: Stored, changes: Stored, *, begin: Callable[[], Awaitable[None]]
    ) -> None:
        self._stored = stored
        self._changes = changes
        self._all = ChainMap(changes, stored)
        self._begin = begin

    async def add(self, call: CallName, batch: DoneBatch, *, at: datetime) -> bool:
        """Store *batch*; False: one with the same first item is stored already."""
        await self._begin()
        if batch.first == 0:
            self._forget(at - _KEPT)
        if (call, batch.first) in self._all:
            return False
        self._changes[call, batch.first] = (at, batch)
        return True

    def _forget(self, before: datetime) -> None:
        old = [place for place, (at, _) in self._stored.items() if at < before]
        for place in old:
            del self._stored[place]
