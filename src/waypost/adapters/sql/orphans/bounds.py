"""Keeping orphans within their bounds: what goes is counted among the others."""

from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    case,
    delete,
    func,
    literal,
    select,
)

from waypost.adapters.sql.dialect import batch, columns_of, inserting
from waypost.adapters.sql.orphans.removing import total
from waypost.adapters.sql.orphans.summing import COLUMNS, summing
from waypost.adapters.sql.tables import orphan_visits
from waypost.domain.analytics.orphans import OTHERS, OrphanKind
from waypost.ports.analytics.orphans import OrphanBounds

_VISITS: Final = orphan_visits.c


def keep_within(connection: Connection, kind: OrphanKind, bounds: OrphanBounds) -> None:
    """Make room among the rows of *kind*, if there are too many."""
    named = and_(_VISITS.kind == kind, _VISITS.code != OTHERS)
    rows = select(func.count()).select_from(orphan_visits).where(named)
    if (connection.scalar(rows) or 0) <= min(bounds.codes, bounds.rows):
        return
    codes = connection.scalar(select(func.count(_VISITS.code.distinct())).where(named))
    if codes and codes > bounds.codes:
        surplus = codes - int(bounds.codes * bounds.left)
        _join_codes(connection, named, surplus, bounds)
    if (connection.scalar(rows) or 0) > bounds.rows:
        _join_days(connection, named, int(bounds.rows * bounds.left))


def _join_codes(
    connection: Connection,
    named: ColumnElement[bool],
    number: int,
    bounds: OrphanBounds,
) -> None:
    """Count the *number* codes that matter least among the others."""
    people = total(_VISITS.people)
    favour = case((people < bounds.longest_favour, people), else_=bounds.longest_favour)
    least = (
        select(_VISITS.code)
        .where(named)
        .group_by(_VISITS.code)
        .order_by(
            func.max(_VISITS.day) + favour, func.max(_VISITS.last_ms), _VISITS.code
        )
        .limit(number)
    )
    codes = batch([code] for code in connection.scalars(least))
    dialect = connection.dialect.name
    are_least = _VISITS.code.in_(select(*columns_of(dialect, "codes", Text)))
    _join(connection, and_(named, are_least), {"codes": codes})


def _join_days(connection: Connection, named: ColumnElement[bool], left: int) -> None:
    """Count the oldest days among the others, until *left* rows at most are left."""
    day = connection.scalar(
        select(_VISITS.day)
        .where(named)
        .order_by(_VISITS.day.desc())
        .offset(left)
        .limit(1)
    )
    _join(connection, and_(named, _VISITS.day <= day), {})


def _join(
    connection: Connection, condition: ColumnElement[bool], values: dict[str, str]
) -> None:
    """Add the visits of some rows to the others of their days, and delete the rows."""
    sums = (
        select(
            *(_VISITS.kind, _VISITS.domain, literal(OTHERS), _VISITS.day),
            *(total(_VISITS.people), total(_VISITS.machines)),
            *(func.min(_VISITS.first_ms), func.max(_VISITS.last_ms)),
        )
        .where(condition)
        .group_by(_VISITS.kind, _VISITS.domain, _VISITS.day)
    )
    adding = inserting(connection.dialect.name, orphan_visits)
    connection.execute(summing(adding.from_select(list(COLUMNS), sums)), values)
    connection.execute(delete(orphan_visits).where(condition), values)
