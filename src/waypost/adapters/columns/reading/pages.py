"""Chosen clicks of one day in an order, and how they become values again."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.reading.names import Names
from waypost.adapters.columns.reading.rows import Rows
from waypost.adapters.columns.reading.snapshot import Snapshot
from waypost.adapters.columns.writing.visitors import visitors_of
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.ports.analytics.reports import ClickCursor
from waypost.wire.click_store.columns import COLUMNS, Column, Whole, column_of


class Page(NamedTuple):
    """Columns of clicks, loaded, in their order."""

    columns: dict[int, Whole]
    """With moments in place of milliseconds of the day, and hashes of visitors."""

    def clicks(self, connection: Connection, names: Names) -> Sequence[EnrichedClick]:
        """Return the clicks."""

        def numbers(column: int) -> list[int]:
            found: list[int] = self.columns[column].tolist()
            return found

        def texts(column: int) -> list[str | None]:
            return names.of(connection, column, numbers(column))

        fields = zip(
            (journal or "" for journal in texts(Column.JOURNAL)),
            numbers(Column.LANE),
            numbers(Column.SEQUENCE),
            numbers(Column.LINK),
            numbers(Column.MS),
            numbers(Column.VISITOR),
            zip(*(texts(column_of(each)) for each in DIMENSIONS), strict=True),
            strict=True,
        )
        return [EnrichedClick(*each) for each in fields]


def page_of(snapshot: Snapshot, day: int, rows: Rows, order: Whole) -> Page:
    """Return the clicks of *rows*, which are of *day*, at the places *order*."""
    columns = {column: rows.column(column)[order] for column in COLUMNS}
    columns[Column.MS] = rows.moments[order]
    if day in snapshot.tail:
        visitors = snapshot.tail[day].visitors
    else:
        visitors = visitors_of(snapshot.connection, day)
    columns[Column.VISITOR] = visitors.hashes_of(columns[Column.VISITOR])
    return Page(columns)


class Journals(NamedTuple):
    """The journals of clicks, which a store knows by numbers in any order."""

    texts: Sequence[str]
    """By code point."""
    places: Whole
    """Of each click: where its journal is in `texts`."""


def journals_of(rows: Rows, connection: Connection, names: Names) -> Journals:
    """Return the journals of *rows*."""
    ids, places = np.unique(rows.column(Column.JOURNAL), return_inverse=True)
    texts = [name or "" for name in names.of(connection, Column.JOURNAL, ids.tolist())]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.argsort(np.array(order, np.intp))
    return Journals([texts[at] for at in order], rank[places])


def ascending(rows: Rows, journals: Whole) -> NDArray[np.intp]:
    """Return the order of cursors, from the oldest on; *journals* decide ties."""
    keys = (Column.SEQUENCE, Column.LANE, Column.LINK)
    return np.lexsort((journals, *map(rows.column, keys), rows.moments))


def is_behind(
    rows: Rows, journals: Journals, order: Whole, after: ClickCursor
) -> NDArray[np.bool_]:
    """Return which of the clicks in *order* are smaller than *after*."""
    found = np.zeros(len(order), np.bool_)
    is_same = np.ones(len(order), np.bool_)
    for values, bound in (
        (rows.moments, after.time_ms),
        (rows.column(Column.LINK), after.link_id),
        (rows.column(Column.LANE), after.lane),
        (rows.column(Column.SEQUENCE), after.sequence),
        (journals.places, bisect_left(journals.texts, after.journal)),
    ):
        given = values[order].astype(np.int64)
        found |= is_same & (given < bound)
        is_same &= given == bound
    return found
