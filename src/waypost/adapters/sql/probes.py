"""Statements that are run for their success, not for what they find or change."""

from typing import Final

from sqlalchemy import Connection, select, text

from waypost.adapters.sql.tables import links

_READ: Final = select(links.c.id).limit(1)
_WRITE: Final = text("UPDATE alembic_version SET version_num = version_num")


def read_something(connection: Connection) -> None:
    """Read one row, to check that the database can be read."""
    connection.execute(_READ).first()


def write_something(connection: Connection) -> None:
    """Write a row unchanged, to check that the database can be written."""
    connection.execute(_WRITE)
