"""Which clicks a report is about, and the types of a store's answers."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, TypeAlias

from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.questions import (
    Answer,
    Breakdown,
    ByLink,
    ByValue,
    ClickQuery,
    Filter,
    Numbers,
    Order,
    Question,
    TopLinks,
)
from waypost.domain.reports.periods import Period
from waypost.ports.analytics.reports import Answers, ReportStore
from waypost.services.reports.derived import (
    Derived,
    combined,
    derived_question,
    derived_values,
    of_continents,
    ranked,
)

LINK: Final = "link"
By: TypeAlias = Dimension | Derived | Literal["link"]
"""What clicks are broken down by."""
Key: TypeAlias = str | int | None
"""A value of a dimension, or the id of a link."""
Ranking: TypeAlias = ByValue | ByLink


class Listing(NamedTuple):
    """How the values of a breakdown are listed."""

    order: Order = Order.PEOPLE
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The clicks that a report is about."""

    period: Period
    links: frozenset[int] | None = None
    """The ids of links; None: all clicks."""
    filters: tuple[Filter, ...] = ()

    def query(self) -> ClickQuery:
        """Return it as a store is asked."""
        return ClickQuery(
            start_ms=self.period.start_ms,
            end_ms=self.period.end_ms,
            links=self.links,
            filters=self.filters,
        )

    def before(self) -> "Subject":
        """Return the same of the period before."""
        return replace(self, period=self.period.previous())

    def narrowed(self, by: By, keys: Collection[Key]) -> "Subject":
        """Return those of the clicks that have one of *keys*, which are theirs."""
        if by == LINK:
            ids = frozenset(key for key in keys if isinstance(key, int))
            return replace(self, links=ids)
        wanted = frozenset(key for key in keys if not isinstance(key, int))
        if isinstance(by, Derived):
            assert by is Derived.CONTINENT, "no click has an hour of the week"
            only = of_continents(wanted)
            return replace(self, filters=combined((*self.filters, only)))
        only = Filter(dimension=by, values=wanted)
        # A filter of this dimension is replaced: the keys have passed it.
        kept = (
            other
            for other in self.filters
            if other.is_negated or other.dimension is not by
        )
        return replace(self, filters=(*kept, only))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What every report says."""

    period: Period
    as_of_ms: int | None
    """Up to when every click is in it; None: none was ever stored."""
    revision: int
    """Numbers fall only where it rises."""


async def ask(store: ReportStore, subject: Subject, *questions: Question) -> Answers:
    """Ask *questions* about the clicks of *subject*.

    Raises:
        RangeTooLarge: It would take the store too much work.
        BackendUnavailable: The store does not answer in time.
    """
    return await store.ask(subject.query(), questions)


def numbers(answer: Answer) -> Numbers:
    """Return the answer to `Totals`."""
    assert isinstance(answer, Numbers), "totals are answered by numbers"
    return answer


def points(answer: Answer) -> Sequence[Numbers]:
    """Return the answer to `Series`."""
    assert not isinstance(answer, Numbers | ByValue | ByLink), (
        "a series is answered by a tuple of numbers"
    )
    return answer


def ranking(by: By, listing: Listing, period: Period, answer: Answer) -> Ranking:
    """Return the answer to `ranking_question`."""
    if isinstance(by, Derived):
        values = derived_values(period, answer)
        return ranked(values, order=listing.order, limit=listing.limit)
    assert isinstance(answer, ByValue | ByLink), "a breakdown is answered by a ranking"
    return answer


def ranking_question(by: By, listing: Listing, period: Period) -> Question:
    """Return the question for the numbers of each value of *by*.

    Raises:
        RangeTooLarge: The period is too long for *by*.
    """
    if isinstance(by, Derived):
        return derived_question(by, period)
    return TopLinks(*listing) if by == LINK else Breakdown(by, *listing)


async def ask_ranking(
    store: ReportStore, subject: Subject, by: By, listing: Listing
) -> tuple[Answers, Ranking]:
    """Ask for the numbers of each value of *by*.

    Hours of a year are made in a thread: redirects must not wait for them.

    Raises:
        RangeTooLarge: It would take the store too much work.
        BackendUnavailable: The store does not answer in time.
    """
    period = subject.period
    question = await asyncio.to_thread(ranking_question, by, listing, period)
    answers = await ask(store, subject, question)
    answer = answers.answers[0]
    return answers, await asyncio.to_thread(ranking, by, listing, period, answer)
