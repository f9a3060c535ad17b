"""All clicks of a query for an export: columns stay columns."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.reading.names import Names
from waypost.adapters.columns.reading.pages import ascending
from waypost.adapters.columns.reading.rows import Rows, chosen_rows
from waypost.adapters.columns.reading.selection import selection_of
from waypost.adapters.columns.reading.snapshot import Snapshot, snapshot_of
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS, day_of
from waypost.domain.analytics.questions import ClickQuery
from waypost.ports.analytics.reports import ClickColumns
from waypost.ports.batch.columns import Coded, Numbers
from waypost.wire.click_store.columns import Column, Whole, column_of

_WINDOW_ROWS: Final = 500_000
"""About how many clicks an export has in memory."""
_PART_CHUNKS: Final = 64
"""How many chunks are in memory at a time, with half a million clicks."""
_OF_ALL: Final = (
    Column.LINK,
    Column.MS,
    Column.JOURNAL,
    Column.LANE,
    Column.SEQUENCE,
)
_SPARSE: Final = 4
"""How many times more numbers than rows make a table of all numbers too wasteful."""


def windows_of(connection: Connection, query: ClickQuery) -> list[ClickQuery]:
    """Return parts of *query*, in order, each of a day or less, for `window`."""
    with connection.reading():
        snapshot = snapshot_of(connection, selection_of(connection, query))
        sizes = {
            day: sum(chunk.rows for chunk in snapshot.chunks.get(day, ()))
            for day in sorted({*snapshot.chunks, *snapshot.tail})
        }
    return [part for day, rows in sizes.items() for part in _windows(query, day, rows)]


def window(
    connection: Connection,
    names: Names,
    query: ClickQuery,
    dimensions: Sequence[Dimension],
) -> ClickColumns | None:
    """Return all clicks of *query*, which lies in one day, oldest first.

    None: there are none.
    """
    with connection.reading():
        snapshot = snapshot_of(connection, selection_of(connection, query))
        rows = _rows(snapshot, day_of(query.start_ms), dimensions)
        if not len(rows):
            return None
        order = ascending(rows, rows.column(Column.JOURNAL))

        def texts(column: int) -> Coded[str | None]:
            different, places = _coded(rows.column(column)[order])
            ids: list[int] = different.tolist()
            return Coded(_numbers(places), names.of(connection, column, ids))

        journals = texts(Column.JOURNAL)
        links, places = _coded(rows.column(Column.LINK)[order])
        return ClickColumns(
            journal=Coded(journals.places, [each or "" for each in journals.values]),
            lane=_numbers(rows.column(Column.LANE)[order]),
            sequence=_numbers(rows.column(Column.SEQUENCE)[order]),
            link_id=Coded(_numbers(places), links.tolist()),
            time_ms=_numbers(rows.moments[order]),
            values=[texts(column_of(dimension)) for dimension in dimensions],
        )


def _rows(snapshot: Snapshot, day: int, dimensions: Sequence[Dimension]) -> Rows:
    """Return the chosen clicks of *day*: of a busy day some chunks are read at a time.

    Clicks of any moment are in every chunk, so a window of a day reads all of them.
    """
    parts = list(_parts(snapshot, day))
    if len(parts) == 1:
        return chosen_rows(snapshot, [day])
    columns = [*_OF_ALL, *map(column_of, dimensions)]
    found: dict[int, list[Whole]] = {column: [] for column in columns}
    for part in parts:
        some = chosen_rows(part, [day])
        for column in columns:
            found[column].append(some.column(column))
    kept = {column: np.concatenate(values) for column, values in found.items()}
    days = np.full(len(kept[Column.MS]), day)
    return Rows(kept.__getitem__, days, np.zeros(0, np.int64))


def _parts(snapshot: Snapshot, day: int) -> Iterator[Snapshot]:
    """Yield *snapshot* with some chunks of *day* at a time, and once with its tail."""
    chunks, tail = snapshot.chunks.get(day, []), snapshot.tail
    for start in range(0, max(1, len(chunks)), _PART_CHUNKS):
        some = chunks[start : start + _PART_CHUNKS]
        yield snapshot._replace(chunks={day: some}, tail=tail if start == 0 else {})


def _windows(query: ClickQuery, day: int, rows: int) -> Iterator[ClickQuery]:
    number = 1 + rows // _WINDOW_ROWS
    for place in range(number):
        start, end = (
            day * DAY_MS + DAY_MS * part // number for part in (place, place + 1)
        )
        start, end = max(start, query.start_ms), min(end, query.end_ms)
        if start < end:
            yield replace(query, start_ms=start, end_ms=end)


def _coded(values: Whole) -> tuple[Whole, Whole]:
    """Return the different ones of *values*, ascending, and the place of each row's."""
    most = int(values.max())
    if most > _SPARSE * len(values) + 1024:
        different, places = np.unique(values, return_inverse=True)
        return different, places
    is_there = np.zeros(most + 1, np.bool_)
    is_there[values] = True
    different = np.flatnonzero(is_there)
    table = np.zeros(most + 1, np.min_scalar_type(len(different)))
    table[different] = np.arange(len(different))
    return different, table[values]


def _numbers(values: Whole) -> Numbers:
    return Numbers(np.ascontiguousarray(values).data)
