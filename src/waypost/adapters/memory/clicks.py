"""Enriched clicks in this process's memory, each question answered from all of them.

The plainest implementation of the ports: other stores are compared with it.
"""

import asyncio
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from secrets import token_bytes
from typing import Final

from waypost.adapters.memory.answers import answer
from waypost.adapters.memory.kept_clicks import (
    KeptClick,
    is_wanted,
    newest_first,
    without_details,
)
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import EnrichedClick, day_of
from waypost.domain.analytics.questions import ClickQuery, Question
from waypost.domain.clicks import JournalPosition
from waypost.domain.sequences import CountedSequences
from waypost.ports.analytics.administration import DayCheck, Expired, StoredDay
from waypost.ports.analytics.reports import Answers, ClickColumns, ClickCursor
from waypost.ports.analytics.rows import Freshness

_HASHES_DAYS: Final = 2
"""For how many days after a day its visitors can be recognised."""
_EXPORT_BATCH: Final = 1_000
_BY_AGENT: Final = {None, "agent", "preview"}
"""Reasons that the agent's text alone decides."""


class MemoryClicks:
    """Clicks that are lost at the end. Belongs to one event loop; reads in threads."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int, int], KeptClick] = {}
        self._rolled: list[KeptClick] = []
        self._known: set[tuple[str, int, int]] = set()
        self._visitors: dict[int, dict[int, int]] = {}
        self._last_visitor = 0
        self._salts: dict[int, bytes] = {}
        self._first_open_day: int | None = None
        self._positions: dict[str, JournalPosition] = {}
        self._freshness: dict[str, int] = {}
        self._revision = 0

    async def position(self, journal: str) -> JournalPosition | None:
        """Return the position that the last `add` of *journal* remembered."""
        return self._positions.get(journal)

    async def add(
        self,
        clicks: Sequence[EnrichedClick],
        *,
        freshness: Sequence[Freshness] = (),
        positions: Mapping[str, JournalPosition] | None = None,
    ) -> int:
        """Store those of *clicks* that are new, and return how many they are."""
        before = len(self._known)
        for click in clicks:
            identity = click[:3]
            if identity not in self._known:
                self._known.add(identity)
                self._rows[identity] = KeptClick(click, self._visitor(click))
        self._freshness.update({each.source: each.as_of_ms for each in freshness})
        self._positions.update(positions or {})
        return len(self._known) - before

    def _visitor(self, click: EnrichedClick) -> int:
        """Return the number of the click's visitor; 0: there is no hash."""
        if not click.visitor:
            return 0
        of_day = self._visitors.setdefault(day_of(click.time_ms), {})
        if click.visitor not in of_day:
            self._last_visitor += 1
            of_day[click.visitor] = self._last_visitor
        return of_day[click.visitor]

    async def keep(self, *, now_ms: int) -> bool:
        """Delete the hashes and salts of days that are over for 48 hours."""
        first = day_of(now_ms) - _HASHES_DAYS
        self._first_open_day = max(first, self._first_open_day or first)
        for closed in [day for day in self._visitors if day < self._first_open_day]:
            del self._visitors[closed]
        for closed in [day for day in self._salts if day < self._first_open_day]:
            del self._salts[closed]
        for identity, kept in self._rows.items():
            if kept.click.visitor and day_of(kept.click.time_ms) < self._first_open_day:
                self._rows[identity] = kept.without_hash()
        return False

    async def salt(self, day: int) -> bytes | None:
        """Return the 32 bytes of *day*; None: they were destroyed."""
        if self._first_open_day is not None and day < self._first_open_day:
            return None
        return self._salts.setdefault(day, token_bytes(32))

    async def ask(self, query: ClickQuery, questions: Sequence[Question]) -> Answers:
        """Answer *questions*, all from the same clicks."""
        kept, as_of, revision = self._all(), self._as_of(), self._revision

        def answers() -> Answers:
            wanted = [each for each in kept if is_wanted(each.click, query)]
            found = tuple(answer(question, wanted) for question in questions)
            return Answers(found, as_of, revision)

        return await asyncio.to_thread(answers)

    def _as_of(self) -> int | None:
        return min(self._freshness.values(), default=None)

    def _all(self) -> Sequence[KeptClick]:
        return [*self._rows.values(), *self._rolled]

    async def clicks(
        self, query: ClickQuery, *, after: ClickCursor | None, limit: int
    ) -> Sequence[EnrichedClick]:
        """Return up to *limit* clicks behind *after*, newest first."""
        kept = list(self._rows.values())
        return await asyncio.to_thread(newest_first, kept, query, after, limit)

    async def export(
        self, query: ClickQuery, dimensions: Sequence[Dimension] = DIMENSIONS
    ) -> AsyncIterator[ClickColumns]:
        """Yield all clicks of *query*, oldest first."""
        newest = await self.clicks(query, after=None, limit=len(self._rows))
        oldest = newest[::-1]
        for start in range(0, len(oldest), _EXPORT_BATCH):
            some = oldest[start : start + _EXPORT_BATCH]
            yield ClickColumns.of(some, dimensions)

    async def stored_days(self) -> Sequence[StoredDay]:
        """Return all days; sealed are those whose visitors have no hashes any more."""
        until = self._first_open_day or 0
        rows = Counter(day_of(kept.click.time_ms) for kept in self._rows.values())
        return [
            StoredDay(day=day, version=self._revision + count, is_sealed=day < until)
            for day, count in sorted(rows.items())
        ]

    async def stored_sequences(
        self, journals: Collection[str]
    ) -> Mapping[str, Mapping[int, CountedSequences]]:
        """Return which clicks of *journals* were ever stored, by journal and lane."""
        found: dict[str, dict[int, CountedSequences]] = {}
        nothing = CountedSequences()
        for journal, lane, sequence in self._known:
            if journal in journals:
                lanes = found.setdefault(journal, {})
                lanes[lane] = lanes.get(lane, nothing).adding([sequence])
        return found

    async def expire(self, *, before_day: int, is_dry_run: bool) -> Expired:
        """Forget the details of clicks before *before_day*, and keep their numbers."""
        old = self._identities(before_day)
        expired = _expired(self._rows[identity] for identity in old)
        if old and not is_dry_run:
            for identity in old:
                self._rolled.append(without_details(self._rows.pop(identity)))
            self._revision += 1
        return expired

    async def expire_rollups(self, *, before_day: int, is_dry_run: bool) -> Expired:
        """Delete all that is known of days before *before_day*."""
        old = [each for each in self._all() if day_of(each.click.time_ms) < before_day]
        expired = _expired(old)
        if not is_dry_run:
            self._delete(lambda kept: day_of(kept.click.time_ms) < before_day)
        return expired

    def _identities(self, before_day: int) -> Sequence[tuple[str, int, int]]:
        return [
            identity
            for identity, kept in self._rows.items()
            if day_of(kept.click.time_ms) < before_day
        ]

    async def erase_link(self, link_id: int) -> int:
        """Delete every click of a link, and return how many."""
        return self._delete(lambda kept: kept.click.link_id == link_id)

    async def erase_block(
        self,
        first_link: int,
        last_link: int,
        *,
        journal: str,
        is_alone: bool,  # noqa: ARG002 - its texts are part of its clicks
    ) -> int:
        """Delete the clicks of the links *first_link* to *last_link*; return how many.

        That clicks of *journal* were stored is forgotten.
        """
        erased = self._delete(
            lambda kept: first_link <= kept.click.link_id <= last_link
        )
        self._known = {each for each in self._known if each[0] != journal}
        return erased

    async def erase_visitor(self, day: int, visitor: int) -> int:
        """Delete the clicks of a visitor's hash of one day; return how many."""
        return self._delete(
            lambda kept: (
                kept.click.visitor == visitor != 0 and day_of(kept.click.time_ms) == day
            )
        )

    def _delete(self, is_deleted: Callable[[KeptClick], bool]) -> int:
        """Delete clicks and return how many; they stay known, and never come again."""
        before = len(self._rows) + len(self._rolled)
        self._rows = {
            identity: kept
            for identity, kept in self._rows.items()
            if not is_deleted(kept)
        }
        self._rolled = [kept for kept in self._rolled if not is_deleted(kept)]
        deleted = before - len(self._rows) - len(self._rolled)
        self._revision += bool(deleted)
        return deleted

    async def reclassify(self, machine: Callable[[str | None], str | None]) -> int:
        """Set the reason for a machine of every click that *machine* judges otherwise.

        Clicks whose details have expired stay as they are.
        """
        changed = 0
        for identity, kept in self._rows.items():
            reason = machine(kept.value(Dimension.AGENT))
            if kept.value(Dimension.MACHINE) in _BY_AGENT - {reason}:
                self._rows[identity] = kept.with_value(Dimension.MACHINE, reason)
                changed += 1
        self._revision += bool(changed)
        return changed

    async def verify(self) -> AsyncIterator[DayCheck]:
        """Yield nothing: no day is sealed here, all is answered from the clicks."""
        for _ in ():
            yield DayCheck(day=0, is_equal=True)


def _expired(kept: Iterable[KeptClick]) -> Expired:
    days = [day_of(each.click.time_ms) for each in kept]
    return Expired(days=len(set(days)), clicks=len(days))
