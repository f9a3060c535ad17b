"""Visits that belong to no link: counted in memory, and kept in the main database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from waypost.domain.analytics.orphans import (
    Orphan,
    OrphanKey,
    OrphanKind,
    OrphanOrder,
    OrphanPage,
    OrphanPlace,
    OrphanQuery,
    OrphanTally,
)
from waypost.domain.analytics.questions import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanBatch:
    """Visits that are stored together, once."""

    source: str
    """Which process counted them; different after each start."""
    number: int
    """Grows with every batch of the source."""
    tallies: Mapping[OrphanKey, OrphanTally]


class OrphanRecorder(Protocol):
    """Takes orphans, without awaiting anything."""

    def record(self, orphan: Orphan) -> None:
        """Count *orphan*; it is stored some seconds later."""
        ...


class OrphanStore(Protocol):
    """The orphans of all processes. Bounded: see `ORPHAN_BOUNDS`.

    Every method may raise `BackendUnavailable`.
    """

    async def add(self, batch: OrphanBatch) -> None:
        """Store *batch*, unless it was stored already."""
        ...

    async def page(
        self,
        query: OrphanQuery,
        *,
        order: OrphanOrder,
        after: OrphanPlace | None,
        limit: int,
    ) -> OrphanPage:
        """Return up to *limit* rows of *query* behind *after*."""
        ...

    async def numbers(self, query: OrphanQuery) -> Numbers:
        """Return how many visits *query* means, without visitors."""
        ...

    async def delete(
        self, *, kinds: Collection[OrphanKind], before_day: int | None
    ) -> Numbers:
        """Delete the visits of the days before *before_day*; None: of all days.

        Return how many there were.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanBounds:
    """How much a store keeps of each kind.

    What goes is counted among `OTHERS` of its day, so that no visit is lost. First goes
    the code that was last visited on the earliest day, where each visit by a person
    counts as one day more, up to `longest_favour`.
    """

    codes: int = 10_000
    """Different codes or paths."""
    rows: int = 100_000
    """Pairs of a code and a day: about ten megabytes. The oldest days go first."""
    longest_favour: int = 90
    """Days for which visits by people keep a code longer than others."""
    left: float = 0.9
    """The part that is left whenever a bound is reached, so that it is not reached
    again at once."""


ORPHAN_BOUNDS = OrphanBounds()
