"""Months of links: what is kept of links when the rows of a day are deleted.

A month has the clicks of those days on which its link has no roll-up of its own.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

import numpy as np

from waypost.adapters.columns.chunks import Columns
from waypost.adapters.columns.drivers.connection import Connection, many
from waypost.adapters.columns.rolling.making import (
    EVERYTHING,
    Scoped,
    everything_of,
    rollups_by_link,
)
from waypost.adapters.columns.rolling.storing import added, decoded, store
from waypost.wire.click_store.columns import Column
from waypost.wire.click_store.rollup import Rollup

_EPOCH: Final = date(1970, 1, 1).toordinal()


def month_of(day: int) -> int:
    """Return the first day of the month of *day*."""
    return day - date.fromordinal(day + _EPOCH).day + 1


def month_after(month: int) -> int:
    """Return the first day of the next month; *month* is a first day."""
    return month_of(month + 31)


def add_to_months(connection: Connection, day: int, columns: Columns) -> None:
    """Add clicks of *day* to the months of those links without a roll-up of it."""
    rolled = _rolled_links(connection, day)
    links = np.setdiff1d(columns[Column.LINK], np.array(sorted(rolled), np.int64))
    month = month_of(day)
    fresh = rollups_by_link(columns, links, day_of_month=day - month)
    _add(connection, month, list(fresh), is_month=True)


def add_to_rollups(connection: Connection, day: int, columns: Columns) -> None:
    """Add late clicks of *day*, whose rows are deleted, to its roll-ups."""
    rolled = np.array(sorted(_rolled_links(connection, day)), np.int64)
    fresh = [everything_of(columns), *rollups_by_link(columns, rolled)]
    _add(connection, day, fresh, is_month=False)
    add_to_months(connection, day, columns)


def _rolled_links(connection: Connection, day: int) -> set[int]:
    rows: list[tuple[int]] = connection.fetch(
        "SELECT scope FROM click_rollups WHERE day = ? AND is_month = 0", day
    )
    return {scope for (scope,) in rows} - {EVERYTHING}


def _add(
    connection: Connection, day: int, fresh: Iterable[Scoped], *, is_month: bool
) -> None:
    fresh = list(fresh)
    before = _stored(connection, day, [new.scope for new in fresh], is_month=is_month)
    sums: list[Scoped] = []
    for new in fresh:
        if new.scope in before:
            clicks, rollup = before[new.scope]
            new = Scoped(new.scope, clicks + new.clicks, added(rollup, new.rollup))  # noqa: PLW2901 - the sum takes its place
        sums.append(new)
    store(connection, day, sums, is_month=is_month)


def _stored(
    connection: Connection, day: int, scopes: list[int], *, is_month: bool
) -> dict[int, tuple[int, Rollup]]:
    rows: list[tuple[int, int, bytes]] = connection.fetch(
        "SELECT scope, clicks, data FROM click_rollups "
        "WHERE day = ? AND is_month = ? AND scope IN {numbers}",
        day,
        int(is_month),
        many(scopes),
    )
    return {scope: (clicks, decoded(data)) for scope, clicks, data in rows}
