"""Answers questions: each day from its roll-ups where they say enough, else by rows."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.reading.answering import Asked, asked
from waypost.adapters.columns.reading.expired import add_expired
from waypost.adapters.columns.reading.names import Reading
from waypost.adapters.columns.reading.rows import units
from waypost.adapters.columns.reading.selection import selection_of
from waypost.adapters.columns.reading.snapshot import Snapshot, snapshot_of
from waypost.adapters.columns.reading.tallies.rolled import RolledPart
from waypost.adapters.columns.rolling.making import EVERYTHING
from waypost.adapters.columns.rolling.storing import stored
from waypost.adapters.columns.schema import state
from waypost.domain.analytics.questions import ClickQuery, Question
from waypost.domain.errors import RangeTooLarge
from waypost.ports.analytics.reports import Answers

MOST_ROWS: Final = 64_000_000
"""How many clicks a question may read."""


def ask(
    connection: Connection,
    reading: Reading,
    query: ClickQuery,
    questions: Sequence[Question],
) -> Answers:
    """Return the answers, all from one moment."""
    with connection.reading():
        selection = selection_of(connection, query)
        snapshot = snapshot_of(connection, selection)
        all_asked = asked(selection, questions)
        by_rows = _by_rollups(snapshot, all_asked)
        check_size(snapshot, by_rows, reading.most_rows)
        for which, days in groupby(sorted(by_rows), key=lambda day: by_rows[day]):
            for rows in units(snapshot, days):
                for place in which:
                    all_asked[place].add_rows(rows)
        return Answers(
            tuple(
                each.answer(connection, reading.names)
                for each in all_asked[: len(questions)]
            ),
            as_of(connection),
            state(connection, "revision"),
        )


def as_of(connection: Connection) -> int | None:
    """Return up to when all clicks are stored."""
    rows: list[tuple[int | None]] = connection.fetch(
        "SELECT min(as_of_ms) FROM click_sources"
    )
    return rows[0][0]


def check_size(
    snapshot: Snapshot, days: "dict[int, tuple[int, ...]] | list[int]", most_rows: int
) -> None:
    """Refuse to read too many clicks.

    Raises:
        RangeTooLarge: In the chunks of *days* are more.
    """
    chunks = (chunk for day in days for chunk in snapshot.chunks.get(day, ()))
    if sum(chunk.rows for chunk in chunks) > most_rows:
        raise RangeTooLarge


def _by_rollups(
    snapshot: Snapshot, all_asked: Sequence[Asked]
) -> dict[int, tuple[int, ...]]:
    """Add what roll-ups say; return which questions each other day is needed for."""
    rolled = _rollups(snapshot)
    everything = tuple(range(len(all_asked)))
    by_rows: dict[int, tuple[int, ...]] = {}
    expired: list[int] = []
    for day in sorted({*snapshot.days, *snapshot.tail}):
        if snapshot.day(day).is_expired:
            expired.append(day)
        elif day in rolled and day not in snapshot.tail:
            missing = _add_day(day, rolled[day], all_asked)
            if missing:
                by_rows[day] = missing
            continue
        if day in snapshot.tail or snapshot.chunks.get(day):
            by_rows[day] = everything
    add_expired(snapshot, expired, all_asked)
    return by_rows


def _add_day(
    day: int, rolled: RolledPart, all_asked: Sequence[Asked]
) -> tuple[int, ...]:
    """Add a roll-up; return the questions that it does not answer."""
    missing: list[int] = []
    for place, each in enumerate(all_asked):
        if each.can_roll(day):
            each.add_day(day, rolled, knows_visitors=True)
        else:
            missing.append(place)
    return tuple(missing)


def _rollups(snapshot: Snapshot) -> dict[int, RolledPart]:
    """Return the roll-ups of sealed days that may take the place of rows."""
    selection = snapshot.selection
    scope = EVERYTHING if selection.links is None else selection.link
    if selection.filters or scope is None:
        return {}
    found = stored(
        snapshot.connection,
        scope,
        selection.first_day,
        selection.last_day,
        is_month=False,
    )
    return {
        day: RolledPart(rollup)
        for day, rollup in found.items()
        if snapshot.day(day).is_sealed and not snapshot.day(day).is_expired
    }
