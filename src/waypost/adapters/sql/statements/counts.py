"""Statements about click counts and what has been counted, a batch at a time."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Text,
    bindparam,
    delete,
    exists,
    func,
    select,
    true,
    tuple_,
)

from waypost.adapters.sql.dialect import (
    SQLITE,
    Insert,
    Locks,
    batch,
    columns_of,
    inserting,
    lock,
    pairs,
    pairs_of,
)
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.statements.lane_ranges import by_lane, in_lanes
from waypost.adapters.sql.tables import (
    click_counts,
    counted_clicks,
    journal_positions,
    links,
)
from waypost.domain.clicks import JournalPosition
from waypost.domain.sequences import CountedSequences

_POSITION: Final = select(
    journal_positions.c.segment, journal_positions.c.byte_offset
).where(journal_positions.c.journal == bindparam("journal"))
_RANGES: Final = select(counted_clicks).order_by(
    counted_clicks.c.journal, counted_clicks.c.lane, counted_clicks.c.first_sequence
)
_RANGES_OF_JOURNAL: Final = _RANGES.where(
    counted_clicks.c.journal == bindparam("journal")
)
_RANGE: Final = (Text, Integer, BIG_INTEGER, BIG_INTEGER)


def _is_stored(link_id: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(links.c.id == link_id)


@cache
def _unknown_links(dialect: str) -> Executable:
    link_id, _ = pairs_of(dialect, "clicks")
    return select(link_id).where(~_is_stored(link_id))


@cache
def _adding_clicks(dialect: str) -> Insert:
    link_id, clicks = pairs_of(dialect, "clicks")
    rows = select(link_id, clicks).where(_is_stored(link_id))
    if dialect != SQLITE:
        # Every transaction uses this order, so that no deadlock can occur.
        rows = rows.order_by(link_id)
    adding = inserting(dialect, click_counts).from_select(["link_id", "clicks"], rows)
    total = click_counts.c.clicks + adding.excluded.clicks
    return adding.on_conflict_do_update(
        index_elements=["link_id"], set_={"clicks": total}
    )


def _in_lanes(dialect: str) -> ColumnElement[bool]:
    lanes = columns_of(dialect, "lanes", Text, Integer)
    return tuple_(counted_clicks.c.journal, counted_clicks.c.lane).in_(select(*lanes))


@cache
def _ranges_in_lanes(dialect: str) -> Executable:
    return _RANGES.where(_in_lanes(dialect))


@cache
def _removing_ranges(dialect: str) -> Executable:
    journal, lane, first, _ = columns_of(dialect, "ranges", *_RANGE)
    begins = tuple_(
        counted_clicks.c.journal,
        counted_clicks.c.lane,
        counted_clicks.c.first_sequence,
    )
    kept = select(journal, lane, first)
    return delete(counted_clicks).where(_in_lanes(dialect), begins.not_in(kept))


@cache
def _storing_ranges(dialect: str) -> Insert:
    # Nearly always a range grows at its end: the row is updated where it is.
    return _replacing(
        inserting(dialect, counted_clicks).from_select(
            ["journal", "lane", "first_sequence", "last_sequence"],
            select(*columns_of(dialect, "ranges", *_RANGE)).where(true()),
        ),
        keys=("journal", "lane", "first_sequence"),
        values=("last_sequence",),
    )


@cache
def _moving(dialect: str) -> Insert:
    columns = columns_of(dialect, "positions", Text, BIG_INTEGER, BIG_INTEGER)
    return _replacing(
        inserting(dialect, journal_positions).from_select(
            ["journal", "segment", "byte_offset", "updated_at"],
            select(*columns, func.current_timestamp()).where(true()),
        ),
        keys=("journal",),
        values=("segment", "byte_offset", "updated_at"),
    )


def _replacing(
    storing: Insert, *, keys: tuple[str, ...], values: tuple[str, ...]
) -> Insert:
    new = {name: storing.excluded[name] for name in values}
    return storing.on_conflict_do_update(index_elements=keys, set_=new)


def claim_journal(connection: Connection, journal: str) -> bool:
    """Make *journal* known, with nothing counted; False: it was known before."""
    making = inserting(connection.dialect.name, journal_positions).values(
        journal=journal, segment=0, byte_offset=0, updated_at=func.current_timestamp()
    )
    return connection.execute(making.on_conflict_do_nothing()).rowcount == 1


def journal_position(connection: Connection, journal: str) -> JournalPosition | None:
    """Return up to where *journal* has been counted."""
    row = connection.execute(_POSITION, {"journal": journal}).first()
    return JournalPosition(*row) if row else None


def counted_sequences(
    connection: Connection, journal: str
) -> dict[int, CountedSequences]:
    """Return the counted sequences of *journal* by lane."""
    rows = connection.execute(_RANGES_OF_JOURNAL, {"journal": journal}).all()
    return {lane: sequences for (_, lane), sequences in by_lane(rows).items()}


def hold_lanes(
    connection: Connection, lanes: Mapping[str, Collection[int]]
) -> dict[str, dict[int, CountedSequences]]:
    """Return the counted sequences of these lanes, and lock the lanes."""
    # Two statements: the read must be newer than the lock that was waited for.
    lock(connection, Locks.LANES, (lane for each in lanes.values() for lane in each))
    return in_lanes(connection, _ranges_in_lanes(connection.dialect.name), lanes)


def add_clicks(connection: Connection, clicks: Mapping[int, int]) -> frozenset[int]:
    """Add *clicks* (link id to number); return the ids of which no link is stored."""
    if not clicks:
        return frozenset()
    dialect, batched = connection.dialect.name, {"clicks": pairs(clicks)}
    added = connection.execute(_adding_clicks(dialect), batched).rowcount
    if added == len(clicks):
        return frozenset()
    return frozenset(connection.execute(_unknown_links(dialect), batched).scalars())


def replace_counted(
    connection: Connection, counted: Mapping[str, Mapping[int, CountedSequences]]
) -> None:
    """Replace what is stored for the lanes of these journals with *counted*."""
    lanes = [
        (journal, lane, sequences)
        for journal, of in counted.items()
        for lane, sequences in of.items()
    ]
    if not lanes:
        return
    stored = {
        "lanes": batch((journal, lane) for journal, lane, _ in lanes),
        "ranges": batch(
            (journal, lane, *span)
            for journal, lane, sequences in lanes
            for span in sequences.ranges
        ),
    }
    dialect = connection.dialect.name
    connection.execute(_removing_ranges(dialect), stored)
    connection.execute(_storing_ranges(dialect), {"ranges": stored["ranges"]})


def move_positions(
    connection: Connection, positions: Mapping[str, JournalPosition]
) -> None:
    """Remember up to where these journals have been counted."""
    if positions:
        rows = ((journal, *positions[journal]) for journal in sorted(positions))
        moving = _moving(connection.dialect.name)
        connection.execute(moving, {"positions": batch(rows)})
