"""Clicks and questions at random, for stores that must answer alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from waypost.domain.analytics.dimensions import DIMENSIONS, PLACES, Dimension
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.analytics.questions import (
    Breakdown,
    ClickQuery,
    Filter,
    Order,
    Question,
    Series,
    TopLinks,
    Totals,
)

DAYS = 6
"""Days that the clicks of an example spread over."""
LINKS = st.integers(1, 6)
QUARTER_MS = 900_000
VALUES = ("", "a", "B", "ä", "\U0001d4b3", "z" * 200)
MACHINES = (None, None, None, "agent", "preview", "network")
DRAWN_DIMENSIONS = (
    Dimension.COUNTRY,
    Dimension.BROWSER,
    Dimension.REFERRER,
    Dimension.UTM_CAMPAIGN,
)
"""The others have no value: a store keeps such columns in a form of their own."""

VALUE = st.sampled_from([value or None for value in VALUES])
MOMENT = st.one_of(
    st.integers(0, DAYS * DAY_MS - 1),
    # The first and the last moments of quarters, hours and days.
    st.builds(
        lambda quarter, step: max(0, quarter * QUARTER_MS + step),
        st.integers(0, DAYS * 96 - 1),
        st.sampled_from([-1, 0, 1]),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A query and questions about it."""

    query: ClickQuery
    questions: Sequence[Question]

    def shifted(self, by_ms: int) -> "Asked":
        """Return the same about clicks that are later by so much."""
        query = replace(
            self.query,
            start_ms=self.query.start_ms + by_ms,
            end_ms=self.query.end_ms + by_ms,
        )
        questions = [
            Series(tuple(bound + by_ms for bound in question.bounds))
            if isinstance(question, Series)
            else question
            for question in self.questions
        ]
        return Asked(query=query, questions=questions)


@st.composite
def clicks(draw: st.DrawFn) -> EnrichedClick:
    """Draw a click; identities repeat now and then."""
    values: list[str | None] = [None] * len(DIMENSIONS)
    for dimension in DRAWN_DIMENSIONS:
        values[PLACES[dimension]] = draw(VALUE)
    machine = draw(st.sampled_from(MACHINES))
    values[PLACES[Dimension.MACHINE]] = machine
    sequence = draw(st.integers(1, 200))
    # All that a click is follows from its identity, apart from its moment.
    return EnrichedClick(
        "journal",
        sequence % 4,
        sequence,
        draw(LINKS),
        draw(MOMENT),
        0 if machine else draw(st.sampled_from([0, 1, 2, 3, 2**63, 2**64 - 1])),
        tuple(values),
    )


@st.composite
def filters(draw: st.DrawFn) -> tuple[Filter, ...]:
    """Draw filters; each dimension occurs once, and once negated, at most."""
    dimensions = st.sampled_from([*DRAWN_DIMENSIONS, Dimension.MACHINE])
    keys = draw(st.lists(st.tuples(dimensions, st.booleans()), max_size=3, unique=True))
    values = st.frozensets(
        st.sampled_from([None, "a", "B", "agent", "no click has it"]),
        min_size=1,
        max_size=3,
    )
    return tuple(
        Filter(dimension=dimension, values=draw(values), is_negated=is_negated)
        for dimension, is_negated in keys
    )


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    """Draw a period, a scope, filters, and every kind of question about them."""
    bounds = sorted(draw(st.lists(MOMENT, min_size=2, max_size=8, unique=True)))
    order, limit = draw(st.sampled_from(Order)), draw(st.integers(1, 5))
    by = draw(st.sampled_from([*DRAWN_DIMENSIONS, Dimension.MACHINE, Dimension.CITY]))
    query = ClickQuery(
        start_ms=bounds[0],
        end_ms=bounds[-1],
        links=draw(st.none() | st.frozensets(LINKS, max_size=3)),
        filters=draw(st.just(()) | filters()),
    )
    every = (
        Totals(),
        Series(tuple(bounds)),
        Breakdown(by, order, limit),
        TopLinks(order, limit),
    )
    return Asked(query=query, questions=every)


@st.composite
def whole_days(draw: st.DrawFn) -> Asked:
    """Draw questions about whole UTC days without filters: answers of roll-ups."""
    asked = draw(questions())
    first = draw(st.integers(0, DAYS - 1))
    after = draw(st.integers(first + 1, DAYS))
    query = replace(
        asked.query, start_ms=first * DAY_MS, end_ms=after * DAY_MS, filters=()
    )
    bounds = tuple(day * DAY_MS for day in range(first, after + 1))
    totals, _, *ranked = asked.questions
    return Asked(query=query, questions=(totals, Series(bounds), *ranked))
