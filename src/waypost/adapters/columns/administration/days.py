"""The days of the store, and the changes that jobs make to one of them."""

from waypost.adapters.columns.chunks import Chunk, chunks_of
from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.schema import raise_revision
from waypost.adapters.columns.writing.compaction import compact
from waypost.ports.analytics.administration import StoredDay


def empty_tail(connection: Connection) -> None:
    """Make chunks of all that lies in the tail, so that jobs find it there."""
    while compact(connection):
        pass


def days_with_rows(
    connection: Connection, *, before_day: int | None = None
) -> list[int]:
    """Return the days that have rows, up to before *before_day*."""
    rows: list[tuple[int]] = connection.fetch(
        "SELECT DISTINCT day FROM click_chunks ORDER BY day"
    )
    return [day for (day,) in rows if before_day is None or day < before_day]


def days_of_link(connection: Connection, link: int) -> list[int]:
    """Return the days in whose chunks the link may be."""
    rows: list[tuple[int]] = connection.fetch(
        "SELECT DISTINCT day FROM click_chunks "
        "WHERE first_link <= ? AND last_link >= ? ORDER BY day",
        link,
        link,
    )
    return [day for (day,) in rows]


def chunks_of_day(connection: Connection, day: int) -> list[Chunk]:
    """Return the chunks of *day*."""
    return chunks_of(connection, day, day)


def note_change(connection: Connection, day: int, *, fewer: int = 0) -> None:
    """Note that rows of *day* have changed: it is to be sealed again at once."""
    connection.run(
        "UPDATE click_days SET rows = rows - ?, version = version + 1, sealed_at = 0 "
        "WHERE day = ?",
        fewer,
        day,
    )
    raise_revision(connection)


def stored_days(connection: Connection) -> list[StoredDay]:
    """Return the days that have rows, the oldest first."""
    rows: list[tuple[int, int, int]] = connection.fetch(
        "SELECT day, version, CASE WHEN rolled = version THEN 1 ELSE 0 END "
        "FROM click_days WHERE expired = 0 AND rows > 0 ORDER BY day"
    )
    return [
        StoredDay(day=day, version=version, is_sealed=bool(sealed))
        for day, version, sealed in rows
    ]
