"""Stores a whole day of clicks at once, as columns: for imports and demonstrations."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from waypost.adapters.columns.drivers.connection import LANES, Connection, changing
from waypost.adapters.columns.writing.compaction import add_run
from waypost.adapters.columns.writing.ranges import store_range, stored_near
from waypost.adapters.columns.writing.sealing import computed, switch
from waypost.adapters.columns.writing.values import ValueIds
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.wire.click_store.columns import Column, Whole, column_of


class Texts(NamedTuple):
    """The values of one dimension."""

    texts: Sequence[str | None]
    """Different values."""
    codes: Whole
    """For each click the place of its value in *texts*."""


class DayOfClicks(NamedTuple):
    """Clicks of one UTC day, by column; all arrays have one length.

    The clicks have the consecutive sequences from *first_sequence* on, in one lane of a
    journal that no other writer uses: `import-` and a name of your own, for example.
    """

    day: int
    journal: str
    lane: int
    first_sequence: int
    links: Whole
    times_ms: Whole
    """Since the beginning of the day."""
    visitors: Whole
    """Hashes of 64 bits, unsigned; 0: unknown."""
    values: Mapping[Dimension, Texts]
    """A dimension that is missing is unknown for all."""


def add_day(
    connection: Connection, ids: ValueIds, clicks: DayOfClicks, *, now_ms: int
) -> int:
    """Store *clicks*, seal their day, and return how many were new: all, or none.

    Raises:
        ValueError: A part of these sequences is stored already.
    """
    rows = len(clicks.links)
    if not rows:
        return 0
    try:
        with changing(connection):
            if not _claim(connection, clicks):
                return 0
            add_run(connection, clicks.day, _columns(connection, ids, clicks))
    except BaseException:
        ids.forget()
        raise
    # Where another process changes the day meanwhile, its upkeep seals it.
    switch(connection, computed(connection, clicks.day), now_ms=now_ms)
    return rows


def _claim(connection: Connection, clicks: DayOfClicks) -> bool:
    """Count the sequences as stored; return whether they are new."""
    lane = (clicks.journal, clicks.lane)
    first, last = clicks.first_sequence, clicks.first_sequence + len(clicks.links) - 1
    connection.lock(LANES + clicks.lane)
    before = stored_near(connection, {lane: [first, last]}).get(
        lane, CountedSequences()
    )
    after = before.adding_range(SequenceRange(first, last))
    known = _size(before) + len(clicks.links) - _size(after)
    if known == len(clicks.links):
        return False
    if known:
        raise ValueError(
            f"{known} of {len(clicks.links)} clicks from {first} on are stored already"
        )
    store_range(connection, lane, before, after)
    return True


def _size(sequences: CountedSequences) -> int:
    return sum(span.last - span.first + 1 for span in sequences.ranges)


def _columns(
    connection: Connection, ids: ValueIds, clicks: DayOfClicks
) -> dict[int, Whole]:
    rows = len(clicks.links)
    (journal,) = ids.ids(connection, Column.JOURNAL, [clicks.journal], [clicks.day])
    columns: dict[int, Whole] = {
        Column.LINK: clicks.links,
        Column.MS: clicks.times_ms,
        Column.VISITOR: clicks.visitors,
        Column.JOURNAL: np.full(rows, journal),
        Column.LANE: np.full(rows, clicks.lane),
        Column.SEQUENCE: np.arange(clicks.first_sequence, clicks.first_sequence + rows),
    }
    for dimension in DIMENSIONS:
        column = column_of(dimension)
        texts = clicks.values.get(dimension)
        columns[column] = np.zeros(rows, np.uint8)
        if texts is not None:
            days = [clicks.day] * len(texts.texts)
            numbers = np.array(ids.ids(connection, column, texts.texts, days))
            columns[column] = numbers[texts.codes]
    return columns
