"""Events of links that are not published yet.

Each event is stored once for each reader, and each reader removes its own: a position
would not do, because on PostgreSQL ids become visible out of order.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from waypost.domain.events import LinkEvent


class StoredEvent(NamedTuple):
    """An event in the outbox."""

    id: int
    event: LinkEvent


class Outbox(Protocol):
    """Events that are committed together with the changes that they describe.

    Every method may raise `BackendUnavailable`.
    """

    async def add(self, events: Sequence[LinkEvent], *, reader: str) -> None:
        """Store *events* for *reader*."""
        ...

    async def take(self, *, reader: str, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* of the oldest events for *reader*.

        Not those that another process has taken. They are taken until the transaction
        ends, and stay unless removed.
        """
        ...

    async def remove(self, ids: Collection[int]) -> None:
        """Remove taken events: their reader has got them."""
        ...

    async def forget_readers(
        self, *, keep: Collection[str], before: datetime, limit: int
    ) -> Mapping[str, int]:
        """Remove up to *limit* events that are for readers that are not in *keep*.

        Only what occurred before *before*: another process that is about to end may
        still know the reader. Return how many events it was, by reader.
        """
        ...
