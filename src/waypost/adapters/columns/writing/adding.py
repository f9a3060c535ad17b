"""Adds a batch of clicks: one row of the tail, in one transaction with its identity."""

from collections.abc import Mapping, Sequence

from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.writing.ranges import take_new
from waypost.adapters.columns.writing.values import ValueIds
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.clicks import JournalPosition
from waypost.ports.analytics.rows import Freshness
from waypost.wire.click_store.columns import Column, column_of
from waypost.wire.click_store.tail import encode_tail


def add(
    connection: Connection,
    ids: ValueIds,
    clicks: Sequence[EnrichedClick],
    freshness: Sequence[Freshness],
    positions: Mapping[str, JournalPosition],
) -> int:
    """Store those of *clicks* that are not stored, and return how many they are."""
    try:
        with connection.writing():
            new = take_new(connection, clicks) if clicks else ()
            if new:
                _append(connection, ids, new)
            remember(connection, freshness, positions)
    except BaseException:
        ids.forget()
        raise
    return len(new)


def remember(
    connection: Connection,
    freshness: Sequence[Freshness],
    positions: Mapping[str, JournalPosition],
) -> None:
    """Replace what is known of the sources and journals."""
    connection.run_many(
        "INSERT INTO click_positions (journal, segment, place) VALUES (?, ?, ?) "
        "ON CONFLICT (journal) DO UPDATE SET "
        "segment = excluded.segment, place = excluded.place",
        [(journal, *positions[journal]) for journal in sorted(positions)],
    )
    as_of = {fresh.source: fresh.as_of_ms for fresh in freshness}
    connection.run_many(
        "INSERT INTO click_sources (source, as_of_ms) VALUES (?, ?) "
        "ON CONFLICT (source) DO UPDATE SET as_of_ms = excluded.as_of_ms",
        [(source, as_of[source]) for source in sorted(as_of)],
    )


def position(connection: Connection, journal: str) -> JournalPosition | None:
    """Return the remembered position of *journal*."""
    rows: list[tuple[int, int]] = connection.fetch(
        "SELECT segment, place FROM click_positions WHERE journal = ?", journal
    )
    return JournalPosition(*rows[0]) if rows else None


def _append(
    connection: Connection, ids: ValueIds, clicks: Sequence[EnrichedClick]
) -> None:
    # The code is not kept: the link's id leads to it.
    journals, lanes, sequences, links, moments, visitors, values, _codes = zip(
        *clicks, strict=True
    )
    days = [moment // DAY_MS for moment in moments]
    columns: dict[int, Sequence[int]] = {
        Column.LINK: links,
        Column.MS: moments,
        Column.VISITOR: visitors,
        Column.JOURNAL: ids.ids(connection, Column.JOURNAL, journals, days),
        Column.LANE: lanes,
        Column.SEQUENCE: sequences,
    }
    for dimension, texts in zip(DIMENSIONS, zip(*values, strict=True), strict=True):
        column = column_of(dimension)
        numbers = ids.ids(connection, column, texts, days)
        if any(numbers):
            columns[column] = numbers
    append_tail(connection, len(clicks), min(days), max(days), encode_tail(columns))


def append_tail(
    connection: Connection, rows: int, first_day: int, last_day: int, data: bytes
) -> None:
    """Add one batch to the tail."""
    connection.run(
        "INSERT INTO click_tail (rows, first_day, last_day, data) VALUES (?, ?, ?, ?)",
        rows,
        first_day,
        last_day,
        data,
    )
