"""How clicks travel between processes: from the edges' journals to the count."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

from waypost.domain.clicks import JournaledClick, JournalPosition
from waypost.ports.clicks import DamagedRecord
from waypost.wire.click_event import BusClick


class JournaledBatch(NamedTuple):
    """Consecutive clicks of one journal, whole."""

    journal: str
    """The id of the journal in which *position* lies; empty: nothing was read."""
    clicks: Sequence[JournaledClick]
    damaged: Sequence[DamagedRecord]
    position: JournalPosition
    """Where the next batch begins."""
    more: bool
    """Whether the journal is known to hold more."""


class JournalFeed(Protocol):
    """The forwarding side of a folder with the clicks of one journal after another."""

    async def begin(
        self, positions: Callable[[str], Awaitable[JournalPosition | None]]
    ) -> JournalPosition | None:
        """Return the position to read from; None: from the oldest click.

        *positions* returns up to where a journal has been forwarded, wherever its
        clicks were read: in this folder, or in a copy of it.

        Raises:
            BackendUnavailable: The journal cannot be read at the moment.
        """
        ...

    async def read(
        self, position: JournalPosition | None, *, limit: int
    ) -> JournaledBatch:
        """Return up to *limit* clicks from *position* on (None: from the oldest).

        Does not wait for clicks to come.

        Raises:
            BackendUnavailable: The journal cannot be read at the moment.
        """
        ...

    async def set_aside(self, damaged: DamagedRecord) -> None:
        """Keep bytes that could not be read, for a person to look at.

        Raises:
            BackendUnavailable: They are not kept.
        """
        ...


class ForwardedPositions(Protocol):
    """Up to where a folder has been forwarded. One that is too old does no harm."""

    async def load(self, journal: str) -> JournalPosition | None:
        """Return the position that was saved last; None: none of *journal*."""
        ...

    async def save(self, journal: str, position: JournalPosition) -> None:
        """Remember *position*, in *journal*, in the place of the last one.

        Raises:
            BackendUnavailable: The last one is still remembered.
        """
        ...


class Undecodable(NamedTuple):
    """A record that is no click, or one that cannot be counted."""

    content: bytes
    reason: str
    key: bytes = b""
    """What the record was partitioned by."""
    origin: str = ""
    """Where it was read, as the bus names places."""


class BusBatch(NamedTuple):
    """Clicks that were read from the bus."""

    clicks: Sequence[BusClick]
    undecodable: Sequence[Undecodable]
    receipt: object
    """What the bus needs to know again once the batch is done; opaque."""
    original: Callable[[int], Undecodable]
    """Returns the record of the click at an index of `clicks`, without a reason."""
    settled: Mapping[str, int] = MappingProxyType({})
    """By place (`domain.clicks.PLACE_MARK`), the sequence up to which every record
    there has been counted already, or never will be."""


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
    key: bytes
    origin: str
    """Where the record was read at first."""
    kept_at: datetime


class DeadLetters(Protocol):
    """Where records go that cannot be counted, for a person to look at."""

    async def put(self, records: Sequence[Undecodable], *, attempts: int) -> None:
        """Keep *records*.

        Raises:
            BackendUnavailable: They are not all kept.
        """
        ...
