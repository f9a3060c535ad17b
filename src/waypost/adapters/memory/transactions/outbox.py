"""Events in this process's memory that wait to be passed on."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice

from waypost.adapters.memory.transactions.tables import Tables
from waypost.adapters.memory.transactions.turn import Turn
from waypost.domain.events import LinkEvent
from waypost.ports.outbox import StoredEvent


class MemoryOutbox:
    """Events in a transaction. Its methods are described at the port."""

    def __init__(self, stored: Tables, changes: Tables, turn: Turn) -> None:
        self._stored = stored
        self._changes = changes
        self._turn = turn

    async def add(self, events: Sequence[LinkEvent], *, reader: str) -> None:
        """Keep events until *reader* has taken them."""
        await self._turn.begin()
        for event in events:
            stored = StoredEvent(id=next(self._stored.event_ids), event=event)
            self._changes.events.append((reader, stored))

    async def take(self, *, reader: str, limit: int) -> Sequence[StoredEvent]:
        """Return the oldest events of *reader*."""
        await self._turn.begin()
        events = (one for name, one in self._waiting if name == reader)
        return list(islice(events, limit))

    async def remove(self, ids: Collection[int]) -> None:
        """Remove events that were passed on."""
        await self._turn.begin()
        self._changes.removed_events.update(ids)

    async def forget_readers(
        self, *, keep: Collection[str], before: datetime, limit: int
    ) -> Mapping[str, int]:
        """Remove old events of other readers; return how many of each."""
        await self._turn.begin()
        others = [
            (reader, stored.id)
            for reader, stored in self._waiting
            if reader not in keep and stored.event.occurred_at < before
        ][:limit]
        self._changes.removed_events.update(number for _, number in others)
        return Counter(reader for reader, _ in others)

    @property
    def _waiting(self) -> Iterator[tuple[str, StoredEvent]]:
        """What is stored and not removed, with the reader of each."""
        removed = self._changes.removed_events
        waiting = chain(self._stored.events, self._changes.events)
        return ((reader, one) for reader, one in waiting if one.id not in removed)
