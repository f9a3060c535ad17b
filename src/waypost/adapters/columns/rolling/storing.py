"""Writes and deletes roll-ups."""

from collections.abc import Iterable

from waypost.adapters.columns.counting import Counted, merged
from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.rolling.making import Scoped
from waypost.domain.errors import DatabaseDamaged
from waypost.wire.click_store.rollup import Rollup, decode_rollup, encode_rollup


def store_day(connection: Connection, day: int, rollups: Iterable[Scoped]) -> None:
    """Replace the roll-ups of *day*."""
    connection.run("DELETE FROM click_rollups WHERE day = ? AND is_month = 0", day)
    store(connection, day, rollups, is_month=False)


def store(
    connection: Connection, day: int, rollups: Iterable[Scoped], *, is_month: bool
) -> None:
    """Write roll-ups, in place of those of the same scopes."""
    connection.run_many(
        "INSERT INTO click_rollups (scope, is_month, day, clicks, data) "
        "VALUES (?, ?, ?, ?, ?) ON CONFLICT (scope, is_month, day) DO UPDATE SET "
        "clicks = excluded.clicks, data = excluded.data",
        [
            (scope, int(is_month), day, clicks, _encoded(rollup, is_month))
            for scope, clicks, rollup in rollups
        ],
    )


def stored(
    connection: Connection, scope: int, first_day: int, last_day: int, *, is_month: bool
) -> dict[int, Rollup]:
    """Return the roll-ups of *scope* by their day, or the first day of their month."""
    rows: list[tuple[int, bytes]] = connection.fetch(
        "SELECT day, data FROM click_rollups "
        "WHERE scope = ? AND is_month = ? AND day BETWEEN ? AND ? ORDER BY day",
        scope,
        int(is_month),
        first_day,
        last_day,
    )
    return {day: decoded(data) for day, data in rows}


def added(before: Rollup, more: Rollup) -> Rollup:
    """Return the sums of two roll-ups that have no click in common."""
    return Rollup(*merged([Counted(*before), Counted(*more)]))


def decoded(data: bytes) -> Rollup:
    """Return the roll-up in *data* of the database."""
    try:
        return decode_rollup(data)
    except ValueError as error:
        raise DatabaseDamaged from error


def _encoded(rollup: Rollup, is_month: bool) -> bytes:  # noqa: FBT001 - a column
    return encode_rollup(rollup, is_compressed=is_month)
