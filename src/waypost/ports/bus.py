"""How clicks travel between processes: from the edges' journals to the count."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from waypost.domain.clicks import Click


class JournaledClick(NamedTuple):
    """A click with its identity, as an edge hands it over."""

    journal: str
    lane: int
    sequence: int
    click: Click


class BusClick(msgspec.Struct, frozen=True, gc=False):
    """What counting needs of a click that came by the bus."""

    journal: str
    lane: int
    sequence: int
    link_id: int
    short_code: str
    time_ns: int


class Undecodable(NamedTuple):
    """A record that is no click."""

    content: bytes
    reason: str


class BusBatch(NamedTuple):
    """Clicks that were read from the bus."""

    clicks: Sequence[BusClick]
    undecodable: Sequence[Undecodable]
    receipt: Any
    """What the bus needs to know again once the batch is done; opaque."""


class ClickPublisher(Protocol):
    """The edge's side of the bus."""

    async def publish(self, clicks: Sequence[JournaledClick]) -> None:
        """Return once all *clicks* are kept by the bus.

        Raises:
            BackendUnavailable: Some may not be. They may be published again, here
                or by another route: their identity lets them count once.
        """
        ...


class ClickSubscription(Protocol):
    """The counting side of the bus: each click comes to one of its readers.

    What was read and is not `done` comes again, to whoever reads then.
    """

    async def read(self, *, limit: int, within: float) -> BusBatch:
        """Return up to *limit* clicks, after *within* seconds at the latest.

        Raises:
            BackendUnavailable: The bus does not answer.
        """
        ...

    async def done(self, batch: BusBatch) -> None:
        """Say that *batch* is counted and need not come again.

        Raises:
            BackendUnavailable: It may come again.
        """
        ...


class DeadLetter(NamedTuple):
    """A record that cannot be counted, as it was kept."""

    id: str
    content: bytes
    """The original bytes."""
    reason: str
    attempts: int


class DeadLetters(Protocol):
    """Where records go that cannot be counted, for a person to look at."""

    async def put(self, records: Sequence[Undecodable], *, attempts: int) -> None:
        """Keep *records*.

        Raises:
            BackendUnavailable: They are not all kept.
        """
        ...
