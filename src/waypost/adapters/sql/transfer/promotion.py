"""The mark on an embedded database whose rows are moved to another one.

::

    no mark ─▶ begun ─▶ (the rows are committed over there) ─▶ done

The revision of a marked database is a word that is above every revision, so that no
release opens it: those that do not know the mark refuse it as too new.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    inspect,
    select,
    text,
    update,
)

from waypost.adapters.sql.database import DatabaseRefused

PROMOTED: Final = "promoted"
"""The revision of a marked database."""

# Not among the tables of the schema: only a marked database has it.
_mark: Final = Table(
    "promotion",
    MetaData(),
    Column("destination", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("is_done", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the rows of a database are moved."""

    destination: str
    """Server and database, without user and password."""
    is_done: bool
    """Whether the move is complete. If not, the rows may be there or not."""


class DatabasePromoted(DatabaseRefused):
    """The rows of this database are moved to another one."""

    def __init__(self, mark: Mark) -> None:
        super().__init__(_moved(mark) if mark.is_done else _unfinished(mark))


def read_mark(connection: Connection) -> Mark | None:
    """Return the mark on a database; None: it has none."""
    if not inspect(connection).has_table(_mark.name):
        return None
    row = connection.execute(select(_mark)).one()
    return Mark(row.destination, row.is_done)


def set_mark(connection: Connection, destination: str) -> None:
    """Make this database unusable for servers, as it moves to *destination*."""
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    _mark.create(connection)
    row = {"destination": destination, "revision": revision, "is_done": False}
    connection.execute(insert(_mark), row)
    _set_revision(connection, PROMOTED)


def finish_mark(connection: Connection) -> None:
    """Note that all rows are at the destination."""
    connection.execute(update(_mark).values(is_done=True))


def remove_mark(connection: Connection) -> None:
    """Make the database usable again."""
    revision = connection.scalar(select(_mark.c.revision))
    _set_revision(connection, str(revision))
    connection.execute(delete(_mark))
    _mark.drop(connection)


def _set_revision(connection: Connection, revision: str) -> None:
    setting = text("UPDATE alembic_version SET version_num = :revision")
    connection.execute(setting, {"revision": revision})


def _moved(mark: Mark) -> str:
    return (
        f"The links of this database were moved to PostgreSQL at {mark.destination}. "
        "Set DATABASE_URL to that database, or use the old one again: "
        "`waypost promote --undo`."
    )


def _unfinished(mark: Mark) -> str:
    return (
        f"Moving this database to PostgreSQL at {mark.destination} was not finished. "
        "Run the same `waypost promote` again, or cancel the move: "
        "`waypost promote --undo`."
    )
