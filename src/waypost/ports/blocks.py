"""Where blocks of ids are leased, and which parts remember the leased ids."""

from typing import NamedTuple, Protocol

from waypost.domain.codes import IdBlock
from waypost.domain.leased_ids import LeasedIds


class BlockSource(Protocol):
    """Leases blocks that never overlap, across callers, restarts and crashes."""

    async def lease(self, size: int) -> IdBlock:
        """Return *size* ids that no other caller ever gets.

        A block that is not used up is lost, and never leased again.

        Raises:
            BackendUnavailable: No block can be leased at the moment.
        """
        ...


class CounterChange(NamedTuple):
    """The next id of a counter, before and after it was raised."""

    before: int
    after: int


class IdCounter(BlockSource, Protocol):
    """The counter that every block comes from in the end.

    It may go back only together with the database, when that is restored.
    """

    async def next_id(self) -> int:
        """Return the lowest id that is not leased yet.

        Raises:
            BackendUnavailable: The counter cannot be read.
        """
        ...

    async def raise_above(self, highest: int) -> CounterChange | None:
        """Lease no id up to *highest* from now on.

        Returns None if the counter is above it already; it is never lowered.

        Raises:
            BackendUnavailable: The counter cannot be written.
        """
        ...


class LeaseMemory(Protocol):
    """Remembers leased ids outside of the database, across restarts."""

    @property
    def known(self) -> LeasedIds:
        """The ids that were leased."""
        ...

    async def add(self, block: IdBlock) -> None:
        """Remember *block*; it is durable when this returns, if the disk permits.

        A disk that refuses is logged. The ids may be used all the same: the database
        knows them too, until it is restored from a backup.
        """
        ...


class StripeHolder(Protocol):
    """A node that leases blocks of a stripe of ids."""

    async def highest_id(self) -> int:
        """Return the last id of its stripe; 0 when there is none.

        Raises:
            BackendUnavailable: It does not answer.
        """
        ...
