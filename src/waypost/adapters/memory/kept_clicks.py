"""A click in this process's memory, and how a list of them is searched."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from waypost.domain.analytics.dimensions import PLACES, Dimension
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import ClickQuery, Filter
from waypost.ports.analytics.reports import ClickCursor

_QUARTER_MS: Final = 900_000


class KeptClick(NamedTuple):
    """A click, and the number that its visitor has for as long as it is kept."""

    click: EnrichedClick
    visitor: int
    """0: unknown. It stays when the hash is deleted."""

    def value(self, dimension: Dimension) -> str | None:
        """Return its value of *dimension*."""
        return self.click.values[PLACES[dimension]]

    def with_value(self, dimension: Dimension, value: str | None) -> "KeptClick":
        """Return it with another value of *dimension*."""
        values = list(self.click.values)
        values[PLACES[dimension]] = value
        return self._replace(click=self.click._replace(values=tuple(values)))

    def without_hash(self) -> "KeptClick":
        """Return it without the hash by which its visitor can be recognised."""
        return self._replace(click=self.click._replace(visitor=0))


def without_details(kept: KeptClick) -> KeptClick:
    """Return what roll-ups keep: no identity, no agent, a quarter of an hour."""
    moment = kept.click.time_ms // _QUARTER_MS * _QUARTER_MS
    anonymous = kept.click._replace(
        journal="", lane=0, sequence=0, visitor=0, time_ms=moment
    )
    return kept._replace(click=anonymous).with_value(Dimension.AGENT, None)


def is_wanted(click: EnrichedClick, query: ClickQuery) -> bool:
    """Return whether *click* is one of those that *query* asks for."""
    return (
        query.start_ms <= click.time_ms < query.end_ms
        and (query.links is None or click.link_id in query.links)
        and all(_passes(click, one) for one in query.filters)
    )


def _passes(click: EnrichedClick, one: Filter) -> bool:
    return (click.values[PLACES[one.dimension]] in one.values) != one.is_negated


def newest_first(
    kept: Iterable[KeptClick],
    query: ClickQuery,
    after: ClickCursor | None,
    limit: int,
) -> Sequence[EnrichedClick]:
    """Return up to *limit* clicks of *query* behind *after*, newest first."""
    found = [each.click for each in kept if is_wanted(each.click, query)]
    if after is not None:
        found = [click for click in found if cursor_of(click) < after]
    return sorted(found, key=cursor_of, reverse=True)[:limit]


def cursor_of(click: EnrichedClick) -> ClickCursor:
    """Return the place of *click* in a list."""
    return ClickCursor(
        click.time_ms, click.link_id, click.lane, click.sequence, click.journal
    )
