"""Statements about click counts and what has been counted.

Each batch is one parameter of one statement: between two rows of a loop the thread
would have to win the interpreter back from the redirects every time.
"""

from collections.abc import Mapping
from itertools import groupby
from typing import Final

import msgspec
from sqlalchemy import (
    Connection,
    Insert,
    TableValuedAlias,
    bindparam,
    cast,
    delete,
    func,
    select,
    true,
)
from sqlalchemy.dialects.sqlite import insert

from waypost.adapters.sql.tables import (
    BIG_INTEGER,
    click_counts,
    counted_clicks,
    journal_positions,
)
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.ports.storage import JournalPosition


def _elements(parameter: str) -> TableValuedAlias:
    """Return the elements of the JSON text in *parameter*, as rows."""
    return func.json_each(bindparam(parameter)).table_valued("key", "value")


def _adding_clicks() -> Insert:
    clicks = _elements("clicks")
    rows = select(cast(clicks.c.key, BIG_INTEGER), clicks.c.value)
    # WHERE, because SQLite would take ON CONFLICT for a join's ON without it.
    adding = insert(click_counts).from_select(["link_id", "clicks"], rows.where(true()))
    total = click_counts.c.clicks + adding.excluded.clicks
    return adding.on_conflict_do_update(
        index_elements=["link_id"], set_={"clicks": total}
    )


def _adding_ranges() -> Insert:
    ranges = _elements("ranges")
    lane, first, last = (
        func.json_extract(ranges.c.value, path) for path in ("$[0]", "$[1]", "$[2]")
    )
    return insert(counted_clicks).from_select(
        ["journal", "lane", "first_sequence", "last_sequence"],
        select(bindparam("journal"), lane, first, last),
    )


def _moving() -> Insert:
    moving = insert(journal_positions).values(updated_at=func.current_timestamp())
    return moving.on_conflict_do_update(
        index_elements=["journal"],
        set_={
            name: moving.excluded[name]
            for name in ("segment", "byte_offset", "updated_at")
        },
    )


_ADD_CLICKS: Final = _adding_clicks()
_ADD_RANGES: Final = _adding_ranges()
_REMOVE_RANGES: Final = delete(counted_clicks).where(
    counted_clicks.c.journal == bindparam("journal"),
    counted_clicks.c.lane.in_(select(_elements("lanes").c.value)),
)
_MOVE: Final = _moving()
_POSITION: Final = select(
    journal_positions.c.segment, journal_positions.c.byte_offset
).where(journal_positions.c.journal == bindparam("journal"))
_RANGES: Final = (
    select(
        counted_clicks.c.lane,
        counted_clicks.c.first_sequence,
        counted_clicks.c.last_sequence,
    )
    .where(counted_clicks.c.journal == bindparam("journal"))
    .order_by(counted_clicks.c.lane, counted_clicks.c.first_sequence)
)


def journal_position(connection: Connection, journal: str) -> JournalPosition | None:
    """Return up to where *journal* has been counted."""
    row = connection.execute(_POSITION, {"journal": journal}).first()
    return JournalPosition(*row) if row else None


def counted_sequences(
    connection: Connection, journal: str
) -> dict[int, CountedSequences]:
    """Return the counted sequences of *journal* by lane."""
    rows = connection.execute(_RANGES, {"journal": journal}).all()
    return {
        lane: CountedSequences(
            tuple(SequenceRange(first, last) for _, first, last in of)
        )
        for lane, of in groupby(rows, key=lambda row: row.lane)
    }


def add_clicks(connection: Connection, clicks: Mapping[int, int]) -> None:
    """Add *clicks* (link id to number) to the counts."""
    connection.execute(_ADD_CLICKS, {"clicks": _json(dict(clicks))})


def replace_counted(
    connection: Connection, journal: str, counted: Mapping[int, CountedSequences]
) -> None:
    """Put *counted* in the place of what is stored for its lanes."""
    lanes = list(counted)
    ranges = [
        (lane, *span)
        for lane, sequences in counted.items()
        for span in sequences.ranges
    ]
    connection.execute(_REMOVE_RANGES, {"journal": journal, "lanes": _json(lanes)})
    connection.execute(_ADD_RANGES, {"journal": journal, "ranges": _json(ranges)})


def move_position(
    connection: Connection, journal: str, position: JournalPosition
) -> None:
    """Remember that *journal* has been counted up to *position*."""
    connection.execute(
        _MOVE,
        {
            "journal": journal,
            "segment": position.segment,
            "byte_offset": position.offset,
        },
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
