"""Ranges of sequences that are stored in rows, by journal and lane."""

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby

from sqlalchemy import Connection, Executable

from waypost.adapters.sql.dialect import batch
from waypost.domain.sequences import CountedSequences, SequenceRange


def by_lane(
    rows: Iterable[tuple[str, int, int, int]],
) -> dict[tuple[str, int], CountedSequences]:
    """Return the sequences of *rows* of journal, lane, first and last, in order."""
    return {
        lane: CountedSequences(
            tuple(SequenceRange(first, last) for _, _, first, last in of)
        )
        for lane, of in groupby(rows, key=lambda row: (row[0], row[1]))
    }


def in_lanes(
    connection: Connection,
    reading: Executable,
    lanes: Mapping[str, Collection[int]],
) -> dict[str, dict[int, CountedSequences]]:
    """Return what *reading* finds of *lanes*; a lane without rows has no sequences."""
    pairs = batch((journal, lane) for journal in lanes for lane in lanes[journal])
    known = by_lane(connection.execute(reading, {"lanes": pairs}).all())
    nothing = CountedSequences()
    return {
        journal: {lane: known.get((journal, lane), nothing) for lane in of}
        for journal, of in lanes.items()
    }
