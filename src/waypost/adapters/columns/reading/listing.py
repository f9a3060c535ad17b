"""Lists clicks: newest first by a cursor, or all of them for an export."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.reading.asking import check_size
from waypost.adapters.columns.reading.names import Reading
from waypost.adapters.columns.reading.pages import Page, ascending, is_behind, page_of
from waypost.adapters.columns.reading.rows import chosen_rows
from waypost.adapters.columns.reading.selection import selection_of
from waypost.adapters.columns.reading.snapshot import snapshot_of
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick, day_of
from waypost.domain.analytics.questions import ClickQuery
from waypost.ports.analytics.reports import ClickCursor

_WINDOW_ROWS: Final = 500_000
"""About how many clicks an export has in memory."""


def newest(
    connection: Connection,
    reading: Reading,
    query: ClickQuery,
    *,
    after: ClickCursor | None,
    limit: int,
) -> list[EnrichedClick]:
    """Return up to *limit* clicks behind *after*, newest first."""
    if after is not None:
        # Others of the cursor's own millisecond may lie behind it.
        query = _until(query, after.time_ms + 1)
    found: list[EnrichedClick] = []
    read: list[int] = []
    with connection.reading():
        snapshot = snapshot_of(connection, selection_of(connection, query))
        for day in sorted({*snapshot.chunks, *snapshot.tail}, reverse=True):
            if len(found) >= limit:
                break
            read.append(day)
            check_size(snapshot, read, reading.most_rows)
            rows = chosen_rows(snapshot, [day])
            order = ascending(rows)[::-1]
            if after is not None:
                order = order[is_behind(rows, order, after)]
            page = page_of(snapshot, day, rows, order[: limit - len(found)])
            found += page.clicks(connection, reading.names)
    return found


def windows_of(connection: Connection, query: ClickQuery) -> list[ClickQuery]:
    """Return parts of *query*, in order, each of a day or less, for `window`."""
    with connection.reading():
        snapshot = snapshot_of(connection, selection_of(connection, query))
        sizes = {
            day: sum(chunk.rows for chunk in snapshot.chunks.get(day, ()))
            for day in sorted({*snapshot.chunks, *snapshot.tail})
        }
    return [part for day, rows in sizes.items() for part in _windows(query, day, rows)]


def window(connection: Connection, query: ClickQuery) -> Page:
    """Return all clicks of *query*, which lies in one day, oldest first."""
    with connection.reading():
        snapshot = snapshot_of(connection, selection_of(connection, query))
        day = day_of(query.start_ms)
        rows = chosen_rows(snapshot, [day])
        return page_of(snapshot, day, rows, ascending(rows))


def _windows(query: ClickQuery, day: int, rows: int) -> Iterator[ClickQuery]:
    number = 1 + rows // _WINDOW_ROWS
    for place in range(number):
        start, end = (
            day * DAY_MS + DAY_MS * part // number for part in (place, place + 1)
        )
        start, end = max(start, query.start_ms), min(end, query.end_ms)
        if start < end:
            yield replace(query, start_ms=start, end_ms=end)


def _until(query: ClickQuery, end_ms: int) -> ClickQuery:
    end = max(query.start_ms, min(query.end_ms, end_ms))
    return replace(query, end_ms=end)
