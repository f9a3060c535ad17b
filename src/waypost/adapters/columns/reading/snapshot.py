"""What a transaction that reads sees of the days of a query."""

from typing import NamedTuple

import numpy as np

from waypost.adapters.columns.chunks import Chunk, chunks_of
from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.reading.selection import Selection
from waypost.adapters.columns.reading.tail import TailDay, tail_of


class Day(NamedTuple):
    """What is known of a day."""

    rows: int
    visitors: int
    is_sealed: bool
    """Its roll-ups hold all of its chunks."""
    is_expired: bool
    """Its roll-ups are all that is kept."""


_NO_DAY = Day(0, 0, is_sealed=False, is_expired=False)


class Snapshot(NamedTuple):
    """The days of a query, and where their clicks are."""

    connection: Connection
    selection: Selection
    days: dict[int, Day]
    chunks: dict[int, list[Chunk]]
    """By day: those in which chosen links may be."""
    tail: dict[int, TailDay]

    def day(self, day: int) -> Day:
        """Return what is known of *day*."""
        return self.days.get(day, _NO_DAY)

    def visitors(self, day: int) -> int:
        """Return the highest number of a visitor of *day*."""
        known = self.day(day).visitors
        return max(known, self.tail[day].visitors.highest if day in self.tail else 0)


def snapshot_of(connection: Connection, selection: Selection) -> Snapshot:
    """Return what the present transaction sees."""
    first, last = selection.first_day, selection.last_day
    rows: list[tuple[int, int, int, int, int, int]] = connection.fetch(
        "SELECT day, rows, visitors, version, rolled, expired FROM click_days "
        "WHERE day BETWEEN ? AND ? ORDER BY day",
        first,
        last,
    )
    chunks: dict[int, list[Chunk]] = {}
    for chunk in _with_links(chunks_of(connection, first, last), selection):
        chunks.setdefault(chunk.day, []).append(chunk)
    return Snapshot(
        connection,
        selection,
        {
            day: Day(number, visitors, version == rolled, bool(expired))
            for day, number, visitors, version, rolled, expired in rows
        },
        chunks,
        tail_of(connection, selection),
    )


def _with_links(chunks: list[Chunk], selection: Selection) -> list[Chunk]:
    links = selection.links
    if links is None or not chunks:
        return chunks
    ends = np.array([(chunk.first_link, chunk.last_link) for chunk in chunks], np.int64)
    before = links.searchsorted(ends[:, 0], side="left")
    behind = links.searchsorted(ends[:, 1], side="right")
    return [chunks[at] for at in np.flatnonzero(behind > before).tolist()]
