"""Where enriched clicks are written, and the salts of their visitors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.clicks import JournalPosition


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far one reader of clicks has come."""

    source: str
    """The journal that it reads, or the bus' partition."""
    as_of_ms: int
    """Up to when every click of the source is stored: the moment of the last one, or
    that of looking where there was no more."""


class ClickRows(Protocol):
    """The writing side: takes each click once.

    One process writes at a time, unless the store says otherwise.
    """

    async def position(self, journal: str) -> JournalPosition | None:
        """Return the position that the last `add` of *journal* remembered."""
        ...

    async def add(
        self,
        clicks: Sequence[EnrichedClick],
        *,
        freshness: Sequence[Freshness] = (),
        positions: Mapping[str, JournalPosition] | None = None,
    ) -> int:
        """Store *clicks*, and return how many were new.

        Those that are stored already, by journal, lane and sequence, are left out,
        also where *clicks* hold one twice. All happens, or nothing. *positions* and
        *freshness* replace what is remembered of their journals and sources.

        Raises:
            BackendUnavailable: Nothing is stored, or all of it: add them again.
        """
        ...

    async def keep(self, *, now_ms: int) -> bool:
        """Do one step of upkeep, and return whether there is more to do.

        Upkeep compacts what was added, seals the days that are over, and deletes the
        hashes of visitors 48 hours after their day. Reports are the same before and
        after each step. A process may be killed during it.

        Raises:
            BackendUnavailable: The store cannot be written.
        """
        ...


class VisitorSalts(Protocol):
    """The secret of each UTC day, by which visitors are recognised within it."""

    async def salt(self, day: int) -> bytes | None:
        """Return the 32 bytes of *day*: the same for every process; made if needed.

        None: it was destroyed, because the day is over for more than 48 hours.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...
