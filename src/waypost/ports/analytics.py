"""Where enriched clicks are kept, and asked about."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import Answer, ClickQuery, Question
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


class Answers(NamedTuple):
    """Answers from one moment of the store."""

    answers: tuple[Answer, ...]
    """By question, in the order of the questions."""
    as_of_ms: int | None
    """The smallest of all sources' freshness; None: no click was ever stored."""
    revision: int
    """Raised by whatever may lower a number: erasure, retention, classification."""


class ClickCursor(NamedTuple):
    """A place in a list of clicks, newest first: ordered by these, descending."""

    time_ms: int
    link_id: int
    lane: int
    sequence: int


class ReportStore(Protocol):
    """The reading side. Never above the truth, and never falling but by a revision."""

    async def ask(self, query: ClickQuery, questions: Sequence[Question]) -> Answers:
        """Answer *questions* about the clicks of *query*, all from one moment.

        Raises:
            RangeTooLarge: It would read more clicks than the store's bound.
            BackendUnavailable: The store does not answer in time.
        """
        ...

    async def clicks(
        self, query: ClickQuery, *, after: ClickCursor | None, limit: int
    ) -> Sequence[EnrichedClick]:
        """Return up to *limit* clicks behind *after*, newest first.

        Raises:
            RangeTooLarge: It would read more clicks than the store's bound.
            BackendUnavailable: The store does not answer in time.
        """
        ...

    def export(self, query: ClickQuery) -> AsyncIterator[Sequence[EnrichedClick]]:
        """Yield all clicks of *query*, oldest day first, in bounded memory.

        Raises:
            BackendUnavailable: The store does not answer in time.
        """
        ...


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


class ClickAdministration(Protocol):
    """What operators ask for. Each works in steps that may be repeated after a kill."""

    async def expire(self, *, before_day: int, is_dry_run: bool) -> Expired:
        """Delete the rows of days before *before_day*; their roll-ups stay."""
        ...

    async def expire_rollups(self, *, before_day: int, is_dry_run: bool) -> Expired:
        """Delete all that is known of days before *before_day*."""
        ...

    async def erase_link(self, link_id: int) -> int:
        """Delete every click of a link, from roll-ups too, and return how many."""
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
