"""Where reports are answered from."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol

from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import Answer, ClickQuery, Question


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
