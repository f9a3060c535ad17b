"""Which rows of orphans a query means."""

from sqlalchemy import ColumnElement, and_, or_

from waypost.adapters.sql.tables import orphan_visits
from waypost.domain.analytics.orphans import OTHERS, OrphanKind, OrphanQuery

_VISITS = orphan_visits.c


def is_named() -> ColumnElement[bool]:
    """Return the condition of rows that stand for one code, path or base URL."""
    return or_(_VISITS.code != OTHERS, _VISITS.kind == OrphanKind.BASE_URL)


def is_asked_for(query: OrphanQuery) -> ColumnElement[bool]:
    """Return the condition of rows that *query* means."""
    conditions = [
        _VISITS.kind.in_([str(kind) for kind in query.kinds]),
        _VISITS.day >= query.first_day,
    ]
    if query.end_day is not None:
        conditions.append(_VISITS.day < query.end_day)
    if query.domains is not None:
        conditions.append(_VISITS.domain.in_(sorted(query.domains)))
    if query.text:
        conditions.append(_VISITS.code.icontains(query.text, autoescape=True))
    return and_(*conditions)
