"""Which recorded clicks are not counted, as far as the store can know."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from waypost.domain.gaps import MissingClicks, SequenceGap
from waypost.domain.sequences import CountedSequences

Judge: TypeAlias = Callable[
    [Sequence[SequenceGap], Sequence[MissingClicks]], Sequence[MissingClicks]
]
"""Returns what is missing now: from the gaps that there are, and what was missing."""


class Examined(NamedTuple):
    """The changes that an examination has made."""

    before: Sequence[MissingClicks]
    after: Sequence[MissingClicks]


class ClickGaps(Protocol):
    """The gaps among the counted sequences, and when each was first seen.

    Every method may raise `BackendUnavailable`.
    """

    async def state_heads(self, journal: str, heads: Mapping[int, int]) -> None:
        """Remember up to which sequence the lanes of *journal* must be counted.

        Otherwise a loss of the last clicks of a lane could not be noticed.
        """
        ...

    async def examine(self, judge: Judge) -> Examined:
        """Find all gaps, and store what *judge* returns for them.

        One process does it at a time; the others wait.
        """
        ...

    async def counted(self) -> Mapping[str, Mapping[int, CountedSequences]]:
        """Return all counted sequences, by journal and lane.

        Those of clicks that other programs send without an identity are left out.
        """
        ...

    async def missing(self) -> Sequence[MissingClicks]:
        """Return what the last examination found, by journal, lane and sequence."""
        ...
