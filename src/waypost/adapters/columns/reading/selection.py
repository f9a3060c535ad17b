"""Which clicks a query is about, in the numbers of the store."""

from typing import NamedTuple

import numpy as np

from waypost.adapters.columns.drivers.connection import Connection, many
from waypost.domain.analytics.enriched import day_of
from waypost.domain.analytics.questions import ClickQuery, Filter
from waypost.wire.click_store.columns import Mask, Whole, column_of


class ColumnFilter(NamedTuple):
    """A filter by the ids of values."""

    column: int
    ids: Whole
    is_negated: bool

    def mask(self, values: Whole) -> Mask:
        """Return which of *values* it lets pass."""
        found: Mask
        if len(self.ids) == 1:
            found = values == int(self.ids[0])
        else:
            found = np.isin(values, self.ids)
        return ~found if self.is_negated else found


class Selection(NamedTuple):
    """A query, ready to be applied to columns."""

    start_ms: int
    end_ms: int
    links: Whole | None
    """Ascending; None: all."""
    filters: tuple[ColumnFilter, ...]

    @property
    def first_day(self) -> int:
        """The day of the first moment."""
        return day_of(self.start_ms)

    @property
    def last_day(self) -> int:
        """The day of the last moment; before the first one if there is no moment."""
        return day_of(self.end_ms - 1)

    @property
    def link(self) -> int | None:
        """The one link that it is about; None: it is about others as well."""
        if self.links is not None and len(self.links) == 1:
            return int(self.links[0])
        return None

    def of_link(self, links: Whole) -> Mask | None:
        """Return which of *links* are chosen; None: all are."""
        if self.links is None:
            return None
        if self.link is not None:
            found: Mask = links == self.link
            return found
        return np.isin(links.astype(np.int64), self.links)


def selection_of(connection: Connection, query: ClickQuery) -> Selection:
    """Return what *query* is about."""
    links = None
    if query.links is not None:
        links = np.array(sorted(query.links), np.int64)
    return Selection(
        query.start_ms,
        query.end_ms,
        links,
        tuple(_compiled(connection, each) for each in query.filters),
    )


def _compiled(connection: Connection, given: Filter) -> ColumnFilter:
    texts = [value for value in given.values if value is not None]
    rows: list[tuple[int]] = connection.fetch(
        "SELECT id FROM click_values WHERE dimension = ? AND value IN {texts}",
        column_of(given.dimension),
        many(texts),
    )
    ids = [number for (number,) in rows]
    if None in given.values:
        ids.append(0)
    return ColumnFilter(
        column_of(given.dimension), np.array(sorted(ids), np.int64), given.is_negated
    )
