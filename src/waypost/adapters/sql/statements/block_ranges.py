"""Which clicks are recorded in blocks; the statements."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Text,
    delete,
    select,
    true,
    tuple_,
)

from waypost.adapters.sql.dialect import Insert, batch, columns_of, inserting
from waypost.adapters.sql.schema.block_tables import block_ranges
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.statements.lane_ranges import in_lanes
from waypost.domain.sequences import CountedSequences

_COLUMNS: Final = ("journal", "lane", "first_sequence", "last_sequence")
_RANGE: Final = (Text, Integer, BIG_INTEGER, BIG_INTEGER)


def _in_lanes(dialect: str) -> ColumnElement[bool]:
    lanes = columns_of(dialect, "lanes", Text, Integer)
    return tuple_(block_ranges.c.journal, block_ranges.c.lane).in_(select(*lanes))


@cache
def _reading(dialect: str) -> Executable:
    return (
        select(*(block_ranges.c[name] for name in _COLUMNS))
        .where(_in_lanes(dialect))
        .order_by(*(block_ranges.c[name] for name in _COLUMNS[:3]))
    )


@cache
def _removing(dialect: str) -> Executable:
    journal, lane, first, _ = columns_of(dialect, "ranges", *_RANGE)
    begins = tuple_(*(block_ranges.c[name] for name in _COLUMNS[:3]))
    kept = select(journal, lane, first)
    return delete(block_ranges).where(_in_lanes(dialect), begins.not_in(kept))


@cache
def _storing(dialect: str) -> Insert:
    rows = select(*columns_of(dialect, "ranges", *_RANGE)).where(true())
    storing = inserting(dialect, block_ranges).from_select(list(_COLUMNS), rows)
    return storing.on_conflict_do_update(
        index_elements=_COLUMNS[:3],
        set_={"last_sequence": storing.excluded["last_sequence"]},
    )


def stored_sequences(
    connection: Connection, lanes: Mapping[str, Collection[int]]
) -> dict[str, dict[int, CountedSequences]]:
    """Return the recorded sequences of *lanes*, by journal and lane."""
    return in_lanes(connection, _reading(connection.dialect.name), lanes)


def add_sequences(
    connection: Connection, taken: Mapping[str, Mapping[int, CountedSequences]]
) -> bool:
    """Record the sequences *taken*; False: some are recorded, nothing has happened."""
    known = stored_sequences(connection, taken)
    merged = []
    for journal, lanes in taken.items():
        for lane, new in lanes.items():
            stored = known[journal][lane]
            if _overlaps(stored, new):
                return False
            for span in new.ranges:
                stored = stored.adding_range(span)
            merged.append((journal, lane, stored))
    if not merged:
        return True
    dialect = connection.dialect.name
    values = {
        "lanes": batch((journal, lane) for journal, lane, _ in merged),
        "ranges": batch(
            (journal, lane, *span)
            for journal, lane, sequences in merged
            for span in sequences.ranges
        ),
    }
    connection.execute(_removing(dialect), values)
    connection.execute(_storing(dialect), {"ranges": values["ranges"]})
    return True


def forget_journal(connection: Connection, journal: str) -> None:
    """Delete all ranges of *journal*."""
    connection.execute(delete(block_ranges).where(block_ranges.c.journal == journal))


def _overlaps(stored: CountedSequences, new: CountedSequences) -> bool:
    """Return whether any sequence is in both; both are ascending and disjoint."""
    old, fresh = iter(stored.ranges), iter(new.ranges)
    one, other = next(old, None), next(fresh, None)
    while one and other:
        if one.last < other.first:
            one = next(old, None)
        elif other.last < one.first:
            other = next(fresh, None)
        else:
            return True
    return False
