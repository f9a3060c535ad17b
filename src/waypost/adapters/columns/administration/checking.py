"""Compares sealed days with their rows."""

import numpy as np

from waypost.adapters.columns.administration.days import chunks_of_day
from waypost.adapters.columns.chunks import read_day, sorted_by_link
from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.rolling.making import Scoped, rollups_of
from waypost.adapters.columns.rolling.storing import decoded
from waypost.domain.errors import DatabaseDamaged
from waypost.ports.analytics.administration import DayCheck


def sealed_days(connection: Connection) -> list[int]:
    """Return the days that are sealed and have rows."""
    rows: list[tuple[int]] = connection.fetch(
        "SELECT day FROM click_days WHERE rolled = version AND expired = 0 ORDER BY day"
    )
    return [day for (day,) in rows]


def check_day(connection: Connection, day: int) -> DayCheck:
    """Return whether the roll-ups of *day* are what its rows say."""
    try:
        finding = _finding(connection, day)
    except DatabaseDamaged as error:
        finding = f"it cannot be read: {error.__cause__ or error}"
    return DayCheck(day=day, is_equal=not finding, finding=finding)


def _finding(connection: Connection, day: int) -> str:
    with connection.reading():
        known: list[tuple[int, int]] = connection.fetch(
            "SELECT rows, CASE WHEN rolled = version AND expired = 0 THEN 1 ELSE 0 END "
            "FROM click_days WHERE day = ?",
            day,
        )
        if not known or not known[0][1]:
            return ""
        chunks = chunks_of_day(connection, day)
        if known[0][0] != (rows := sum(chunk.rows for chunk in chunks)):
            return f"it has {rows} rows, and should have {known[0][0]}"
        stored = _stored(connection, day)
        columns = read_day(connection, chunks) if chunks else None
    if columns is None:
        return "it has roll-ups, but no rows" if stored else ""
    made = {scoped.scope: scoped for scoped in rollups_of(sorted_by_link(columns))}
    if made.keys() != stored.keys():
        return f"roll-ups of {len(stored)} scopes instead of {len(made)}"
    different = [scope for scope in made if not _is_same(made[scope], stored[scope])]
    return f"the roll-ups of scopes {different} differ" if different else ""


def _stored(connection: Connection, day: int) -> dict[int, Scoped]:
    rows: list[tuple[int, int, bytes]] = connection.fetch(
        "SELECT scope, clicks, data FROM click_rollups WHERE day = ? AND is_month = 0",
        day,
    )
    return {row[0]: Scoped(row[0], row[1], decoded(row[2])) for row in rows}


def _is_same(one: Scoped, other: Scoped) -> bool:
    return one.clicks == other.clicks and all(
        np.array_equal(*pair) for pair in zip(one.rollup, other.rollup, strict=True)
    )
