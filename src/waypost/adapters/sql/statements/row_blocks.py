"""Blocks of clicks, and the days that they change; the statements."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    null,
    select,
    true,
    union_all,
    update,
)

from waypost.adapters.sql.dialect import (
    Insert,
    Locks,
    batch,
    columns_of,
    inserting,
    lock,
)
from waypost.adapters.sql.schema.block_tables import (
    block_days,
    block_positions,
    block_sources,
    block_state,
    row_blocks,
)
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.statements.block_ranges import add_sequences
from waypost.domain.clicks import JournalPosition
from waypost.domain.sequences import CountedSequences
from waypost.ports.analytics.block_records import (
    DayRecord,
    NewBlock,
    RecordedBlock,
    Snapshot,
)
from waypost.ports.analytics.rows import Freshness

_NUMBER: Final = "number"
_REVISION: Final = "revision"
HASHES_FROM: Final = "hashes_from"
"""The state that is the first day whose visitors can be recognised."""

_PENDING: Final = (
    select(
        row_blocks.c.number,
        row_blocks.c.token,
        row_blocks.c.first_day,
        row_blocks.c.last_day,
        row_blocks.c.clicks,
        row_blocks.c.content,
    )
    .where(row_blocks.c.content.is_not(None))
    .order_by(row_blocks.c.number)
)
_FIRST_PENDING: Final = select(func.min(row_blocks.c.number)).where(
    row_blocks.c.content.is_not(None)
)
_CONFIRMED: Final = (
    select(row_blocks.c.number, row_blocks.c.freshness)
    .where(row_blocks.c.number < bindparam("before"))
    .order_by(row_blocks.c.number)
)
_POSITION: Final = select(
    block_positions.c.segment, block_positions.c.byte_offset
).where(block_positions.c.journal == bindparam("journal"))
_ZERO: Final[ColumnElement[int]] = literal_column("0")
# One statement, because it must see one moment.
_SNAPSHOT: Final = union_all(
    select(
        literal_column("'day'"),
        block_days.c.day,
        block_days.c.changed,
        block_days.c.sealed,
        block_days.c.has_rows,
    ).where(block_days.c.day.between(bindparam("first"), bindparam("last"))),
    select(block_state.c.name, block_state.c.value, _ZERO, _ZERO, _ZERO),
    select(
        literal_column("'pending'"), func.min(row_blocks.c.number), _ZERO, _ZERO, _ZERO
    ).where(row_blocks.c.content.is_not(None)),
    select(
        literal_column("'as_of'"),
        func.min(block_sources.c.as_of_ms),
        _ZERO,
        _ZERO,
        _ZERO,
    ),
)
_SEALING: Final = (
    update(block_days)
    .where(
        block_days.c.day == bindparam("of"),
        block_days.c.changed == bindparam("seen"),
        block_days.c.sealed < bindparam("version"),
        block_days.c.has_rows == bindparam("had_rows"),
    )
    .values(sealed=bindparam("version"))
)

_decode_freshness: Final = msgspec.json.Decoder(dict[str, int]).decode


@cache
def _counting(dialect: str) -> Insert:
    counting = inserting(dialect, block_state).values(
        name=bindparam("name"), value=bindparam("by", type_=BIG_INTEGER)
    )
    return counting.on_conflict_do_update(
        index_elements=["name"],
        set_={"value": block_state.c.value + counting.excluded["value"]},
    )


@cache
def _changing(dialect: str) -> Insert:
    rows = select(*columns_of(dialect, "days", Integer, BIG_INTEGER, Integer, Integer))
    changing = inserting(dialect, block_days).from_select(
        ["day", "changed", "sealed", "has_rows"], rows.where(true())
    )
    return changing.on_conflict_do_update(
        index_elements=["day"], set_={"changed": changing.excluded["changed"]}
    )


@cache
def _replacing_positions(dialect: str) -> Insert:
    rows = select(*columns_of(dialect, "rows", Text, BIG_INTEGER, BIG_INTEGER))
    names = ["journal", "segment", "byte_offset"]
    replacing = inserting(dialect, block_positions).from_select(
        names, rows.where(true())
    )
    return replacing.on_conflict_do_update(
        index_elements=["journal"],
        set_={name: replacing.excluded[name] for name in names[1:]},
    )


@cache
def _replacing_sources(dialect: str) -> Insert:
    rows = select(*columns_of(dialect, "rows", Text, BIG_INTEGER))
    replacing = inserting(dialect, block_sources).from_select(
        ["source", "as_of_ms"], rows.where(true())
    )
    return replacing.on_conflict_do_update(
        index_elements=["source"], set_={"as_of_ms": replacing.excluded["as_of_ms"]}
    )


@cache
def _these_numbers(dialect: str) -> Executable:
    (number,) = columns_of(dialect, "numbers", BIG_INTEGER)
    return (
        update(row_blocks)
        .where(row_blocks.c.number.in_(select(number)))
        .values(content=null())
    )


@cache
def _these_days(dialect: str, *, is_forgotten: bool) -> Executable:
    (day,) = columns_of(dialect, "days", Integer)
    if is_forgotten:
        return delete(block_days).where(block_days.c.day.in_(select(day)))
    return (
        update(block_days).where(block_days.c.day.in_(select(day))).values(has_rows=0)
    )


def hold(connection: Connection) -> None:
    """Keep all others from changing the record until this transaction ends."""
    lock(connection, Locks.BLOCKS, [0])


def count_up(connection: Connection, *, name: str = _NUMBER, by: int = 1) -> int:
    """Raise the number called *name*, and return it."""
    connection.execute(_counting(connection.dialect.name), {"name": name, "by": by})
    value: int = connection.execute(
        select(block_state.c.value).where(block_state.c.name == name)
    ).scalar_one()
    return value


def next_number(connection: Connection) -> int:
    """Return a number above all others."""
    hold(connection)
    return count_up(connection)


def last_number(connection: Connection) -> int:
    """Return the last number that was given."""
    number = select(block_state.c.value).where(block_state.c.name == _NUMBER)
    return connection.execute(number).scalar() or 0


def record_blocks(
    connection: Connection,
    blocks: Sequence[NewBlock],
    *,
    taken: Mapping[str, Mapping[int, CountedSequences]],
    positions: Mapping[str, JournalPosition],
    freshness: Sequence[Freshness],
) -> Sequence[RecordedBlock] | None:
    """Record *blocks*; None: some of their clicks are recorded already."""
    hold(connection)
    if not add_sequences(connection, taken):
        return None
    _move_positions(connection, positions)
    recorded = _insert_blocks(connection, blocks)
    fresh = {each.source: each.as_of_ms for each in freshness}
    if fresh and recorded:
        connection.execute(
            update(row_blocks)
            .where(row_blocks.c.number == recorded[-1].number)
            .values(freshness=msgspec.json.encode(fresh).decode())
        )
    elif fresh:
        _note_freshness(connection, fresh)
    return recorded


def _insert_blocks(
    connection: Connection, blocks: Sequence[NewBlock]
) -> Sequence[RecordedBlock]:
    if not blocks:
        return ()
    first = count_up(connection, by=len(blocks)) - len(blocks) + 1
    recorded = [
        RecordedBlock(
            number, each.token, min(each.days), max(each.days), each.rows, each.content
        )
        for number, each in enumerate(blocks, first)
    ]
    rows = [
        {
            "number": each.number,
            "token": each.token,
            "first_day": each.first_day,
            "last_day": each.last_day,
            "clicks": each.rows,
            "content": each.content,
            "freshness": "{}",
        }
        for each in recorded
    ]
    connection.execute(insert(row_blocks), rows)
    days = {
        day: number for number, each in enumerate(blocks, first) for day in each.days
    }
    _change(connection, days)
    return recorded


def _note_freshness(connection: Connection, fresh: Mapping[str, int]) -> None:
    """Keep *fresh* for when all pending blocks are confirmed; at once without any."""
    if connection.execute(_FIRST_PENDING).scalar() is None:
        _replace_sources(connection, fresh)
        return
    row = {"token": "", "first_day": 0, "last_day": 0, "clicks": 0, "content": None}
    text = msgspec.json.encode(dict(fresh)).decode()
    number = count_up(connection)
    connection.execute(insert(row_blocks), {**row, "number": number, "freshness": text})


def _replace_sources(connection: Connection, fresh: Mapping[str, int]) -> None:
    replacing = _replacing_sources(connection.dialect.name)
    connection.execute(replacing, {"rows": batch(sorted(fresh.items()))})


def _move_positions(
    connection: Connection, positions: Mapping[str, JournalPosition]
) -> None:
    if positions:
        rows = batch((journal, *positions[journal]) for journal in sorted(positions))
        replacing = _replacing_positions(connection.dialect.name)
        connection.execute(replacing, {"rows": rows})


def _change(connection: Connection, days: Mapping[int, int]) -> None:
    """Record the numbers of the last changes of *days*."""
    rows = batch((day, number, 0, 1) for day, number in sorted(days.items()))
    connection.execute(_changing(connection.dialect.name), {"days": rows})


def pending_blocks(connection: Connection) -> Sequence[RecordedBlock]:
    """Return the blocks that are not confirmed, by number."""
    return [RecordedBlock(*row) for row in connection.execute(_PENDING)]


def confirm_blocks(connection: Connection, numbers: Collection[int]) -> None:
    """Record that these blocks have arrived, and forget those that are over."""
    hold(connection)
    confirming = _these_numbers(connection.dialect.name)
    connection.execute(confirming, {"numbers": batch([each] for each in numbers)})
    first = connection.execute(_FIRST_PENDING).scalar()
    before = {"before": first if first is not None else 1 << 62}
    over = connection.execute(_CONFIRMED, before).all()
    fresh: dict[str, int] = {}
    for _, text in over:
        fresh |= _decode_freshness(text)
    if fresh:
        _replace_sources(connection, fresh)
    if over:
        connection.execute(delete(row_blocks).where(row_blocks.c.number <= over[-1][0]))


def snapshot(connection: Connection, first_day: int, last_day: int) -> Snapshot:
    """Return the record, with its days from *first_day* to *last_day*."""
    days, values = [], {}
    bounds = {"first": first_day, "last": last_day}
    for name, value, changed, sealed, has_rows in connection.execute(_SNAPSHOT, bounds):
        if name == "day":
            days.append(DayRecord(value, changed, sealed, bool(has_rows)))
        else:
            values[name] = value
    pending = values.get("pending")
    return Snapshot(
        horizon=values.get(_NUMBER, 0) if pending is None else pending - 1,
        revision=values.get(_REVISION, 0),
        as_of_ms=values.get("as_of"),
        hashes_from=values.get(HASHES_FROM, 0),
        days=sorted(days),
    )


def seal_day(connection: Connection, day: DayRecord, *, version: int) -> bool:
    """Let the roll-ups of *version* answer for *day*, unless it has changed."""
    hold(connection)
    values = {
        "of": day.day,
        "seen": day.changed,
        "had_rows": int(day.has_rows),
        "version": version,
    }
    return connection.execute(_SEALING, values).rowcount == 1


def change_days(connection: Connection, days: Collection[int]) -> None:
    """Record that rows of *days* are changed, and raise the revision."""
    hold(connection)
    count_up(connection, name=_REVISION)
    number = count_up(connection)
    _change(connection, dict.fromkeys(days, number))


def end_days(
    connection: Connection, days: Collection[int], *, is_forgotten: bool
) -> None:
    """Record that the rows of *days* are deleted, or forget all; raise the revision."""
    hold(connection)
    count_up(connection, name=_REVISION)
    ending = _these_days(connection.dialect.name, is_forgotten=is_forgotten)
    connection.execute(ending, {"days": batch([day] for day in days)})


def position_of(connection: Connection, journal: str) -> JournalPosition | None:
    """Return the position that was recorded last for *journal*."""
    row = connection.execute(_POSITION, {"journal": journal}).first()
    return JournalPosition(*row) if row else None
