"""Counting and deleting orphans."""

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, delete, func, select

from waypost.adapters.sql.orphans.conditions import is_asked_for
from waypost.adapters.sql.tables import orphan_visits
from waypost.domain.analytics.orphans import OrphanQuery
from waypost.domain.analytics.questions import Numbers

_VISITS = orphan_visits.c


def total(column: ColumnElement[int]) -> ColumnElement[int]:
    """Return the sum of *column*, as a number of 64 bits; 0 where there is no row."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def count_visits(connection: Connection, query: OrphanQuery) -> Numbers:
    """Return how many visits *query* means."""
    found = select(total(_VISITS.people), total(_VISITS.machines))
    people, machines = connection.execute(found.where(is_asked_for(query))).one()
    return Numbers(people, machines, None)


def delete_visits(connection: Connection, query: OrphanQuery) -> Numbers:
    """Delete the visits that *query* means; return how many there were."""
    found = count_visits(connection, query)
    connection.execute(delete(orphan_visits).where(is_asked_for(query)))
    return found
