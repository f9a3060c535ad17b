"""Lists clicks, newest first, by a cursor."""

from dataclasses import replace

from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.reading.asking import check_size
from waypost.adapters.columns.reading.names import Reading
from waypost.adapters.columns.reading.pages import (
    ascending,
    is_behind,
    journals_of,
    page_of,
)
from waypost.adapters.columns.reading.rows import chosen_rows
from waypost.adapters.columns.reading.selection import selection_of
from waypost.adapters.columns.reading.snapshot import snapshot_of
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import ClickQuery
from waypost.ports.analytics.reports import ClickCursor


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
            journals = journals_of(rows, connection, reading.names)
            order = ascending(rows, journals.places)[::-1]
            if after is not None:
                order = order[is_behind(rows, journals, order, after)]
            page = page_of(snapshot, day, rows, order[: limit - len(found)])
            found += page.clicks(connection, reading.names)
    return found


def _until(query: ClickQuery, end_ms: int) -> ClickQuery:
    end = max(query.start_ms, min(query.end_ms, end_ms))
    return replace(query, end_ms=end)
