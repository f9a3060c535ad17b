"""Gaps among the counted sequences; the statements and the port."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import (
    Connection,
    DateTime,
    Executable,
    Integer,
    Text,
    bindparam,
    delete,
    func,
    select,
    true,
    tuple_,
)

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.dialect import (
    Locks,
    batch,
    columns_of,
    inserting,
    lock,
    moment,
)
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.statements.lane_ranges import by_lane
from waypost.adapters.sql.tables import counted_clicks, journal_heads, missing_clicks
from waypost.domain.clicks import PLACE_MARK
from waypost.domain.gaps import MissingClicks, SequenceGap, missing_between
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.ports.gaps import Examined, Judge

_earlier = counted_clicks.alias("earlier")
_INNER: Final = (
    # A partial index holds exactly these rows: each follows a gap, or a jump.
    select(
        counted_clicks.c.journal,
        counted_clicks.c.lane,
        func.coalesce(
            select(_earlier.c.last_sequence)
            .where(
                _earlier.c.journal == counted_clicks.c.journal,
                _earlier.c.lane == counted_clicks.c.lane,
                _earlier.c.first_sequence < counted_clicks.c.first_sequence,
            )
            .order_by(_earlier.c.first_sequence.desc())
            .limit(1)
            .scalar_subquery(),
            0,
        ),
        counted_clicks.c.first_sequence,
    )
    .where(
        counted_clicks.c.first_sequence > 1,
        # There the sequences of other programs' records lie between.
        counted_clicks.c.journal.not_like(f"%{PLACE_MARK}%"),
    )
    .order_by(
        counted_clicks.c.journal, counted_clicks.c.lane, counted_clicks.c.first_sequence
    )
)
_COUNTED: Final = (
    select(counted_clicks)
    .where(counted_clicks.c.journal.not_like(f"%{PLACE_MARK}%"))
    .order_by(
        counted_clicks.c.journal, counted_clicks.c.lane, counted_clicks.c.first_sequence
    )
)
_HEADS: Final = select(journal_heads.c.journal, journal_heads.c.lanes).order_by(
    journal_heads.c.journal
)
_ENDS: Final = (
    select(
        counted_clicks.c.journal,
        counted_clicks.c.lane,
        func.max(counted_clicks.c.last_sequence),
    )
    .where(counted_clicks.c.journal.in_(select(journal_heads.c.journal)))
    .group_by(counted_clicks.c.journal, counted_clicks.c.lane)
)
# A head that was stated again in the meantime stays.
_FORGET_HEADS: Final = delete(journal_heads).where(
    journal_heads.c.journal == bindparam("of"),
    journal_heads.c.lanes == bindparam("stated"),
)
_MISSING: Final = select(missing_clicks).order_by(
    missing_clicks.c.journal, missing_clicks.c.lane, missing_clicks.c.first_sequence
)
_MOMENT: Final = DateTime(timezone=True)
_KEY: Final = ("journal", "lane", "first_sequence")
_VALUES: Final = ("last_sequence", "noticed_at", "confirmed_at")

_decode_heads = msgspec.json.Decoder(dict[int, int]).decode


@cache
def _stating(dialect: str) -> Executable:
    stating = inserting(dialect, journal_heads).values(
        journal=bindparam("journal"),
        lanes=bindparam("lanes"),
        stated_at=func.current_timestamp(),
    )
    return stating.on_conflict_do_update(
        index_elements=["journal"],
        set_={
            "lanes": stating.excluded.lanes,
            "stated_at": stating.excluded.stated_at,
        },
    )


@cache
def _removing(dialect: str) -> Executable:
    gone = select(*columns_of(dialect, "gone", Text, Integer, BIG_INTEGER))
    return delete(missing_clicks).where(
        tuple_(*(missing_clicks.c[name] for name in _KEY)).in_(gone)
    )


@cache
def _storing(dialect: str) -> Executable:
    types = (Text, Integer, BIG_INTEGER, BIG_INTEGER, _MOMENT, _MOMENT)
    storing = inserting(dialect, missing_clicks).from_select(
        [*_KEY, *_VALUES], select(*columns_of(dialect, "rows", *types)).where(true())
    )
    return storing.on_conflict_do_update(
        index_elements=_KEY,
        set_={name: storing.excluded[name] for name in _VALUES},
    )


class SqlGaps:
    """The gaps of one database; `ports.gaps.ClickGaps`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def state_heads(self, journal: str, heads: Mapping[int, int]) -> None:
        """Remember up to which sequence the lanes of *journal* must be counted.

        Raises:
            BackendUnavailable: The database cannot be written.
        """
        async with self._database.transaction() as transaction:
            await transaction.run(_state_heads, journal, heads)

    async def examine(self, judge: Judge) -> Examined:
        """Find all gaps, and store the causes that *judge* returns for them.

        Raises:
            BackendUnavailable: The database cannot be written.
        """
        async with self._database.transaction() as transaction:
            transaction.is_awaited = False
            return await transaction.run(_examine, judge)

    async def counted(self) -> Mapping[str, Mapping[int, CountedSequences]]:
        """Return all counted sequences of our journals, by journal and lane.

        Raises:
            BackendUnavailable: The database does not answer.
        """
        return await self._database.read(_counted)

    async def missing(self) -> Sequence[MissingClicks]:
        """Return what the last examination found.

        Raises:
            BackendUnavailable: The database does not answer.
        """
        return await self._database.read(_missing)


def _counted(connection: Connection) -> dict[str, dict[int, CountedSequences]]:
    found: dict[str, dict[int, CountedSequences]] = {}
    rows = by_lane(connection.execute(_COUNTED).all())
    for (journal, lane), sequences in rows.items():
        found.setdefault(journal, {})[lane] = sequences
    return found


def _state_heads(
    connection: Connection, journal: str, heads: Mapping[int, int]
) -> None:
    stating = _stating(connection.dialect.name)
    connection.execute(stating, {"journal": journal, "lanes": _encoded(heads)})


def _examine(connection: Connection, judge: Judge) -> Examined:
    lock(connection, Locks.GAPS, [0])
    before = _missing(connection)
    gaps = sorted([*_inner_gaps(connection), *_last_gaps(connection)])
    after = judge(gaps, before)
    _replace(connection, before, after)
    return Examined(before, after)


def _inner_gaps(connection: Connection) -> Iterable[SequenceGap]:
    for journal, lane, last, following in connection.execute(_INNER).all():
        if span := missing_between(last, following):
            yield SequenceGap(journal, lane, span)


def _last_gaps(connection: Connection) -> Iterable[SequenceGap]:
    """Yield what is missing below the stated heads; forget heads that are reached."""
    stated = connection.execute(_HEADS).all()
    ends = {(at, lane): last for at, lane, last in connection.execute(_ENDS)}
    for journal, lanes in stated:
        gaps = [
            SequenceGap(journal, lane, span)
            for lane, head in _decode_heads(lanes).items()
            if (span := missing_between(ends.get((journal, lane), 0), head + 1))
        ]
        if not gaps:
            connection.execute(_FORGET_HEADS, {"of": journal, "stated": lanes})
        yield from gaps


def _missing(connection: Connection) -> list[MissingClicks]:
    return [
        MissingClicks(
            journal=row.journal,
            lane=row.lane,
            span=SequenceRange(row.first_sequence, row.last_sequence),
            noticed_at=row.noticed_at,
            confirmed_at=row.confirmed_at,
        )
        for row in connection.execute(_MISSING)
    ]


def _replace(
    connection: Connection,
    before: Sequence[MissingClicks],
    after: Sequence[MissingClicks],
) -> None:
    dialect, old = connection.dialect.name, set(before)
    kept = {_key(each) for each in after}
    if gone := [_key(each) for each in before if _key(each) not in kept]:
        connection.execute(_removing(dialect), {"gone": batch(gone)})
    if changed := [_row(each) for each in after if each not in old]:
        connection.execute(_storing(dialect), {"rows": batch(changed)})


def _key(missing: MissingClicks) -> tuple[str, int, int]:
    return missing.journal, missing.lane, missing.span.first


def _row(missing: MissingClicks) -> tuple[object, ...]:
    confirmed_at = missing.confirmed_at and moment(missing.confirmed_at)
    return (
        *_key(missing),
        missing.span.last,
        moment(missing.noticed_at),
        confirmed_at,
    )


def _encoded(heads: Mapping[int, int]) -> str:
    return msgspec.json.encode(dict(sorted(heads.items()))).decode()
