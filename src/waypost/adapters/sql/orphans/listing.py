"""Lists of orphans: days are summed up, and pages go on behind a place."""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    cast,
    func,
    not_,
    or_,
    select,
)

from waypost.adapters.sql.dialect import ordered
from waypost.adapters.sql.orphans.conditions import is_asked_for, is_named
from waypost.adapters.sql.orphans.removing import total
from waypost.adapters.sql.tables import orphan_visits
from waypost.domain.analytics.orphans import (
    OrphanKind,
    OrphanOrder,
    OrphanPlace,
    OrphanQuery,
    OrphanRow,
)
from waypost.domain.analytics.questions import Numbers

_VISITS = orphan_visits.c
_NAMED = (_VISITS.kind, _VISITS.code, _VISITS.domain)
_LAST = func.max(_VISITS.last_ms)
_KINDS = {str(kind): kind for kind in OrphanKind}


def rows_of(
    connection: Connection,
    query: OrphanQuery,
    *,
    order: OrphanOrder,
    after: OrphanPlace | None,
    limit: int,
) -> list[OrphanRow]:
    """Return up to *limit* rows of *query* behind *after*."""
    keys = tuple(ordered(connection, each) for each in _NAMED)
    by_clicks = total(_VISITS.people) + total(_VISITS.machines)
    value = by_clicks if order is OrphanOrder.CLICKS else _LAST
    rows = _sums().where(is_asked_for(query), is_named())
    if after is not None:
        rows = rows.having(_is_behind(after, value, keys))
    found = connection.execute(rows.order_by(value.desc(), *keys).limit(limit))
    return [
        OrphanRow(_KINDS[kind], code, people, machines, first_ms, last_ms, domain)
        for kind, code, domain, people, machines, first_ms, last_ms in found.all()
    ]


def others_of(connection: Connection, query: OrphanQuery) -> Numbers | None:
    """Return the visits of *query* whose codes are not kept one by one."""
    found = select(total(_VISITS.people), total(_VISITS.machines)).where(
        is_asked_for(query), not_(is_named())
    )
    people, machines = connection.execute(found).one()
    return Numbers(people, machines, None) if people or machines else None


def _sums() -> Select[str, str, str, int, int, int, int]:
    return select(
        *_NAMED,
        total(_VISITS.people),
        total(_VISITS.machines),
        func.min(_VISITS.first_ms),
        _LAST,
    ).group_by(*_NAMED)


def _is_behind(
    place: OrphanPlace,
    value: ColumnElement[int],
    keys: Sequence[ColumnElement[object] | ColumnElement[str]],
) -> ColumnElement[bool]:
    bound = cast(place.value, BigInteger)
    kind, code, domain = keys
    same_code = and_(code == place.text, domain > place.domain)
    same_kind = and_(kind == place.kind, or_(code > place.text, same_code))
    return or_(value < bound, and_(value == bound, or_(kind > place.kind, same_kind)))
