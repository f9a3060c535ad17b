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
from waypost.adapters.columns.schema import set_state, state
from waypost.wire.click_store.columns import Column
from waypost.wire.click_store.rollup import Rollup

_EPOCH: Final = date(1970, 1, 1).toordinal()


def month_of(day: int) -> int:
    """Return the first day of the month of *day*."""
    return day - date.fromordinal(day + _EPOCH).day + 1


def month_after(month: int) -> int:
    """Return the first day of the next month; *month* is a first day."""
    return month_of(month + 31)


def month_sums(connection: Connection, day: int, columns: Columns) -> list[Scoped]:
    """Return the months of links with the clicks of *day* added.

    Links that have a roll-up of that day are left out.
    """
    rolled = np.array(sorted(_rolled_links(connection, day)), np.int64)
    links = np.setdiff1d(columns[Column.LINK], rolled)
    month = month_of(day)
    fresh = list(rollups_by_link(columns, links, day_of_month=day - month))
    return _sums(connection, month, fresh, is_month=True)


def store_months(connection: Connection, day: int, months: Iterable[Scoped]) -> None:
    """Write months of links, in which *day* lies."""
    store(connection, month_of(day), months, is_month=True)
    set_state(connection, "months", state(connection, "months") + 1)


def add_to_rollups(connection: Connection, day: int, columns: Columns) -> None:
    """Add late clicks of *day*, whose rows are deleted, to its roll-ups."""
    rolled = np.array(sorted(_rolled_links(connection, day)), np.int64)
    fresh = [everything_of(columns), *rollups_by_link(columns, rolled)]
    store(
        connection, day, _sums(connection, day, fresh, is_month=False), is_month=False
    )
    store_months(connection, day, month_sums(connection, day, columns))


def _rolled_links(connection: Connection, day: int) -> set[int]:
    rows: list[tuple[int]] = connection.fetch(
        "SELECT scope FROM click_rollups WHERE day = ? AND is_month = 0", day
    )
    return {scope for (scope,) in rows} - {EVERYTHING}


def _sums(
    connection: Connection, day: int, fresh: list[Scoped], *, is_month: bool
) -> list[Scoped]:
    """Return *fresh*, each added to what is stored of its scope."""
    before = _stored(connection, day, [new.scope for new in fresh], is_month=is_month)
    sums: list[Scoped] = []
    for new in fresh:
        clicks, rollup = before.get(new.scope, (0, None))
        total = new.rollup if rollup is None else added(rollup, new.rollup)
        sums.append(Scoped(new.scope, clicks + new.clicks, total))
    return sums


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
