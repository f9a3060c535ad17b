"""Deletes the rows of old days, and later their roll-ups."""

from waypost.adapters.columns.administration.days import chunks_of_day, days_with_rows
from waypost.adapters.columns.chunks import delete_chunks, read_day, sorted_by_link
from waypost.adapters.columns.drivers.connection import Connection, changing
from waypost.adapters.columns.rolling.months import (
    month_after,
    month_of,
    month_sums,
    store_months,
)
from waypost.adapters.columns.schema import raise_revision, state
from waypost.adapters.columns.writing.sealing import computed, switch, version_of
from waypost.ports.analytics.administration import Expired


def count_rows(connection: Connection, before_day: int) -> Expired:
    """Return how many days before *before_day* have rows, and how many."""
    rows: list[tuple[int, int]] = connection.fetch(
        "SELECT count(DISTINCT day), coalesce(sum(rows), 0) FROM click_chunks "
        "WHERE day < ?",
        before_day,
    )
    return Expired(days=rows[0][0], clicks=rows[0][1])


def expiring_days(connection: Connection, before_day: int) -> list[int]:
    """Return the days whose rows are to be deleted."""
    return days_with_rows(connection, before_day=before_day)


def expire_day(connection: Connection, day: int, *, now_ms: int) -> None:
    """Keep of *day* its roll-ups and the months of links, and delete its rows."""
    while not _expire(connection, day, now_ms=now_ms):
        pass


def _expire(connection: Connection, day: int, *, now_ms: int) -> bool:
    """Return whether it is done; False: the day has changed meanwhile."""
    if not switch(connection, computed(connection, day), now_ms=now_ms):
        return False
    with connection.reading():
        version, months = version_of(connection, day), state(connection, "months")
        chunks = chunks_of_day(connection, day)
        columns = sorted_by_link(read_day(connection, chunks))
        sums = month_sums(connection, day, columns)
    with changing(connection):
        is_same = version == version_of(connection, day)
        if not is_same or months != state(connection, "months"):
            return False
        store_months(connection, day, sums)
        delete_chunks(connection, [chunk.id for chunk in chunks])
        connection.run(
            "UPDATE click_days SET rows = 0, expired = 1, rolled = version "
            "WHERE day = ?",
            day,
        )
        raise_revision(connection)
    return True


def count_all(connection: Connection, before_day: int) -> Expired:
    """Return how many days before *before_day* are known, and their clicks."""
    rows: list[tuple[int, int, int]] = connection.fetch(
        "SELECT count(*), coalesce(sum(d.rows), 0), "
        "coalesce(sum(CASE WHEN d.expired = 1 THEN r.clicks ELSE 0 END), 0) "
        "FROM click_days d LEFT JOIN click_rollups r "
        "ON r.scope = 0 AND r.is_month = 0 AND r.day = d.day WHERE d.day < ?",
        before_day,
    )
    ((days, kept, rolled),) = rows
    return Expired(days=days, clicks=kept + rolled)


def known_days(connection: Connection, before_day: int) -> list[int]:
    """Return the days before *before_day* of which anything is known."""
    rows: list[tuple[int]] = connection.fetch(
        "SELECT day FROM click_days WHERE day < ? ORDER BY day", before_day
    )
    return [day for (day,) in rows]


def forget_day(connection: Connection, day: int) -> None:
    """Delete all that is known of *day*."""
    with changing(connection):
        chunks = chunks_of_day(connection, day)
        delete_chunks(connection, [chunk.id for chunk in chunks])
        connection.run("DELETE FROM click_rollups WHERE day = ? AND is_month = 0", day)
        connection.run("DELETE FROM click_visitors WHERE day = ?", day)
        connection.run("DELETE FROM click_days WHERE day = ?", day)
        raise_revision(connection)


def forget_months(connection: Connection, before_day: int) -> None:
    """Delete the months that are over before *before_day*.

    Of a month that is not, the days before it are no longer answered.
    """
    month = month_of(before_day)
    first_kept = month if month_after(month) > before_day else month_after(month)
    with changing(connection):
        connection.run(
            "DELETE FROM click_rollups WHERE is_month = 1 AND day < ?", first_kept
        )
