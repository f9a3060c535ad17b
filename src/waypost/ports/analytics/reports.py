"""Where reports are answered from."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from waypost.domain.analytics.dimensions import DIMENSIONS, PLACES, Dimension
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import Answer, ClickQuery, Question
from waypost.ports.batch.columns import Coded, Numbers, coded


class Answers(NamedTuple):
    """Answers from one moment of the store."""

    answers: tuple[Answer, ...]
    """By question, in the order of the questions."""
    as_of_ms: int | None
    """The smallest of all sources' freshness; None: no click was ever stored."""
    revision: int
    """Raised by all that may lower a number: erasure, retention, classification."""


class ClickCursor(NamedTuple):
    """A place in a list of clicks, newest first: ordered by these, descending."""

    time_ms: int
    link_id: int
    lane: int
    sequence: int
    journal: str
    """By code point: journals of several servers may share all the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickColumns:
    """Some clicks, by columns of one length: as `EnrichedClick`, without visitors."""

    journal: Coded[str]
    lane: Numbers
    sequence: Numbers
    link_id: Coded[int]
    time_ms: Numbers
    values: Sequence[Coded[str | None]]
    """By the dimensions that were asked for."""

    @classmethod
    def of(
        cls, clicks: Sequence[EnrichedClick], dimensions: Sequence[Dimension]
    ) -> "ClickColumns":
        """Return *clicks*, with their values of *dimensions*."""
        journals, lanes, sequences, links, moments, _, values, _ = zip(
            *clicks, strict=True
        )
        columns = list(zip(*values, strict=True))
        return cls(
            journal=coded(journals),
            lane=Numbers.of(lanes),
            sequence=Numbers.of(sequences),
            link_id=coded(links),
            time_ms=Numbers.of(moments),
            values=[coded(columns[PLACES[each]]) for each in dimensions],
        )


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

    def export(
        self, query: ClickQuery, dimensions: Sequence[Dimension] = DIMENSIONS
    ) -> AsyncIterator[ClickColumns]:
        """Yield all clicks of *query*, oldest day first, in bounded memory.

        Of each click its values of *dimensions* are read. No batch is empty.

        Raises:
            BackendUnavailable: The store does not answer in time.
        """
        ...
