"""Events of links that their readers have not got yet."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from waypost.domain.events import LinkEvent


class StoredEvent(NamedTuple):
    """An event in the outbox."""

    id: int
    event: LinkEvent


class Outbox(Protocol):
    """Events that are committed together with what they tell, until they are told.

    Every method may raise `BackendUnavailable`.
    """

    async def add(self, events: Sequence[LinkEvent]) -> None:
        """Store *events*."""
        ...

    async def take(self, *, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* of the oldest events that nobody else has taken.

        They are taken until the transaction ends, and stay unless removed.
        """
        ...

    async def remove(self, ids: Collection[int]) -> None:
        """Remove taken events: they have been told."""
        ...
