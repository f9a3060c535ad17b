"""How clicks travel between processes: from the edges' journals to the count."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

from waypost.domain.clicks import JournaledClick
from waypost.wire.click_event import BusClick


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
    """An opaque value with which the bus recognises the batch once it is done."""
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
    """The counting side of the bus: each click goes to one of its readers.

    A batch that was read and is not `done` is read again, by any of the readers.
    """

    async def read(self, *, limit: int, within: float) -> BusBatch:
        """Return up to *limit* clicks, after *within* seconds at the latest.

        Raises:
            BackendUnavailable: The bus does not answer.
        """
        ...

    async def done(self, batch: BusBatch) -> None:
        """Report that *batch* is counted and need not be read again.

        Raises:
            BackendUnavailable: It may be read again.
        """
        ...


class WholeBatch(NamedTuple):
    """Clicks that were read from the bus with all their data.

    Other programs' clicks, which have a code and a number only, are none of them.
    """

    clicks: Sequence[JournaledClick]
    receipt: object
    """As in `BusBatch`."""
    undecodable: int
    """How many records were no click of ours, nor another program's."""


class WholeSubscription(Protocol):
    """The storing side of the bus: a reader that names what it reads."""

    async def read(self, *, limit: int, within: float) -> WholeBatch:
        """Return clicks of up to *limit* records, after *within* seconds at the latest.

        Raises:
            BackendUnavailable: The bus does not answer.
        """
        ...

    async def done(self, batch: WholeBatch) -> None:
        """Report that *batch* is stored and need not be read again.

        Raises:
            BackendUnavailable: It may be read again.
        """
        ...

    def places(self) -> Collection[str]:
        """Return the names of what this reader reads now, such as partitions.

        A `read` that found no click has read all of them to the end.
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
    """Where records are kept that cannot be counted, for an operator to examine."""

    async def put(self, records: Sequence[Undecodable], *, attempts: int) -> None:
        """Keep *records*.

        Raises:
            BackendUnavailable: They are not all kept.
        """
        ...
