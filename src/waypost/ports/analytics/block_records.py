"""What is recorded of blocks of clicks that are sent to a store without transactions.

A block is recorded together with its content before it is sent, and sent until it is
confirmed: so it arrives, and the record decides what counts as stored. Blocks have
numbers in the order in which they are recorded. All up to the horizon are confirmed: a
reader that takes no block above it reads one moment, with blocks on their way or not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from waypost.domain.clicks import JournalPosition
from waypost.domain.sequences import CountedSequences
from waypost.ports.analytics.rows import Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBlock:
    """A block that is not recorded yet."""

    token: str
    """The same for the same clicks; no other block has it."""
    days: frozenset[int]
    rows: int
    content: bytes
    """What is sent, without the block's number."""


class RecordedBlock(NamedTuple):
    """A block that is to be sent."""

    number: int
    token: str
    first_day: int
    last_day: int
    rows: int
    content: bytes


class DayRecord(NamedTuple):
    """What is recorded of a UTC day that has clicks."""

    day: int
    changed: int
    """The number of the last block, or other change, of its rows."""
    sealed: int
    """The version of its roll-ups; 0: it has none. They hold all its rows if it is
    above `changed`."""
    has_rows: bool
    """Whether its rows are kept still."""

    @property
    def is_sealed(self) -> bool:
        """Whether its roll-ups hold all its rows."""
        return self.sealed > self.changed


class Snapshot(NamedTuple):
    """The record at one moment."""

    horizon: int
    """Every block up to this number is confirmed."""
    revision: int
    as_of_ms: int | None
    hashes_from: int
    """The first day whose visitors can be recognised still."""
    days: Sequence[DayRecord]
    """Ascending; a day without clicks is left out."""


class BlockRecords(Protocol):
    """The record, which all processes share.

    Every method may raise `BackendUnavailable`.
    """

    async def position(self, journal: str) -> JournalPosition | None:
        """Return the position that was recorded last for *journal*."""
        ...

    async def stored(
        self, lanes: Mapping[str, Collection[int]]
    ) -> dict[str, dict[int, CountedSequences]]:
        """Return which sequences of *lanes* are recorded, by journal and lane."""
        ...

    async def record(
        self,
        blocks: Sequence[NewBlock],
        *,
        taken: Mapping[str, Mapping[int, CountedSequences]],
        positions: Mapping[str, JournalPosition],
        freshness: Sequence[Freshness],
    ) -> Sequence[RecordedBlock] | None:
        """Record *blocks*, which hold the clicks of the sequences *taken*.

        None: some of them are recorded already, and nothing has happened. *freshness*
        counts from when these blocks, and all before them, are confirmed.
        """
        ...

    async def pending(self) -> Sequence[RecordedBlock]:
        """Return the blocks that are not confirmed, by number."""
        ...

    async def confirm(self, numbers: Collection[int]) -> None:
        """Record that the blocks of these *numbers* have arrived."""
        ...

    async def snapshot(self, first_day: int, last_day: int) -> Snapshot:
        """Return the record, with its days from *first_day* to *last_day*."""
        ...

    async def next_number(self) -> int:
        """Return a number above all others, as the version of roll-ups."""
        ...

    async def last_number(self) -> int:
        """Return the last number that was given."""
        ...

    async def salt(self, day: int) -> bytes | None:
        """Return the salt of *day*, as `VisitorSalts`."""
        ...

    async def destroy_salts(self, *, before_day: int) -> None:
        """Destroy the salts of the days before *before_day*, for ever."""
        ...

    async def seal(self, day: DayRecord, *, version: int) -> bool:
        """Let the roll-ups of *version* answer for *day*.

        False: it has changed since *day* was recorded, or has later roll-ups.
        """
        ...

    async def change(self, days: Collection[int]) -> None:
        """Record that rows of *days* are changed, and raise the revision."""
        ...

    async def drop_rows(self, days: Collection[int]) -> None:
        """Record that the rows of *days* are deleted, and raise the revision."""
        ...

    async def forget(self, days: Collection[int]) -> None:
        """Forget *days*, and raise the revision."""
        ...

    async def forget_journal(self, journal: str) -> None:
        """Forget that clicks of *journal* were recorded: they can be added again."""
        ...
