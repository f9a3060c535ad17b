"""What operators ask of a store of clicks."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from waypost.domain.sequences import CountedSequences


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """What expiry has deleted, or would delete."""

    days: int
    clicks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCheck:
    """The result of comparing a sealed day with its rows."""

    day: int
    is_equal: bool
    finding: str = ""
    """What differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDay:
    """A UTC day that has its rows."""

    day: int
    version: int
    """Raised by everything that changes its rows."""
    is_sealed: bool
    """Whether it is over, and no late clicks of it are waiting."""


class ClickAdministration(Protocol):
    """What operators ask for. Each works in steps that may be repeated after a kill."""

    async def stored_days(self) -> Sequence[StoredDay]:
        """Return the days that have rows, the oldest first."""
        ...

    async def stored_sequences(
        self, journals: Collection[str]
    ) -> Mapping[str, Mapping[int, CountedSequences]]:
        """Return which clicks of *journals* were ever stored, by journal and lane.

        Those whose rows have expired or were erased are among them.
        """
        ...

    async def expire(self, *, before_day: int, is_dry_run: bool) -> Expired:
        """Delete the rows of days before *before_day*; their roll-ups stay."""
        ...

    async def expire_rollups(self, *, before_day: int, is_dry_run: bool) -> Expired:
        """Delete all that is known of days before *before_day*."""
        ...

    async def erase_link(self, link_id: int) -> int:
        """Delete every click of a link, from roll-ups too, and return how many."""
        ...

    async def erase_block(
        self, first_link: int, last_link: int, *, journal: str, is_alone: bool
    ) -> int:
        """Delete the clicks of links with the ids from *first_link* to *last_link*.

        Return how many. That clicks of *journal* were ever stored is forgotten; no
        other may have its name. Where no other process uses the store, which the caller
        knows if it *is_alone*, texts that no click has any more are deleted too.
        """
        ...

    async def erase_visitor(self, day: int, visitor: int) -> int:
        """Delete the clicks of a visitor's hash of one day; return how many.

        Hashes are known for 48 hours after their day.
        """
        ...

    async def reclassify(self, machine: Callable[[str | None], str | None]) -> int:
        """Set the reason for a machine of every click that *machine* judges otherwise.

        *machine* returns the reason for an agent's text, or None. Only reasons that
        the agent alone decides are replaced: `agent` and `preview`. Return how many
        clicks have changed.
        """
        ...

    def verify(self) -> AsyncIterator[DayCheck]:
        """Recompute every sealed day from its rows, and compare."""
        ...
