"""What lies in the tail of the clicks of a query, by day."""

from collections.abc import Sequence

import numpy as np

from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.reading.selection import Selection
from waypost.adapters.columns.writing.visitors import Visitors, visitors_of
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.errors import DatabaseDamaged
from waypost.wire.click_store.columns import Column, Whole
from waypost.wire.click_store.tail import decode_tail


class TailDay:
    """The clicks of one day in the tail: chosen by link and moment, not by filters."""

    def __init__(
        self,
        connection: Connection,
        day: int,
        batches: Sequence[dict[int, Whole]],
        rows: Whole,
    ) -> None:
        self._connection = connection
        self._day = day
        self._batches = batches
        self._rows = rows
        self._cached: dict[int, Whole] = {}
        self._visitors: Visitors | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def column(self, column: int) -> Whole:
        """Return a column, in the form of chunks: with numbers of visitors."""
        if column not in self._cached:
            values = np.concatenate([batch[column] for batch in self._batches])
            chosen = values[self._rows]
            if column == Column.MS:
                chosen = chosen.astype(np.int64) - self._day * DAY_MS
            elif column == Column.VISITOR:
                chosen, self._visitors = visitors_of(
                    self._connection, self._day
                ).numbered(chosen)
            self._cached[column] = chosen
        return self._cached[column]

    @property
    def visitors(self) -> Visitors:
        """The visitors of the day, with those of the tail."""
        self.column(Column.VISITOR)
        assert self._visitors, "the column was read"
        return self._visitors


def tail_of(connection: Connection, selection: Selection) -> dict[int, TailDay]:
    """Return the days of which clicks that may be chosen lie in the tail."""
    rows: list[tuple[int, bytes]] = connection.fetch(
        "SELECT rows, data FROM click_tail WHERE last_day >= ? AND first_day <= ? "
        "ORDER BY id",
        selection.first_day,
        selection.last_day,
    )
    if not rows:
        return {}
    try:
        batches = [decode_tail(data, number) for number, data in rows]
    except ValueError as error:
        raise DatabaseDamaged from error
    moments = np.concatenate([batch[Column.MS] for batch in batches]).astype(np.int64)
    is_chosen = (moments >= selection.start_ms) & (moments < selection.end_ms)
    links = np.concatenate([batch[Column.LINK] for batch in batches])
    of_link = selection.of_link(links)
    if of_link is not None:
        is_chosen &= of_link
    chosen = np.flatnonzero(is_chosen)
    days = moments[chosen] // DAY_MS
    return {
        day: TailDay(connection, day, batches, chosen[days == day])
        for day in np.unique(days).tolist()
    }
