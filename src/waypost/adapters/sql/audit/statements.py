"""Statements about the audit trail."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Select,
    Text,
    bindparam,
    delete,
    exists,
    literal_column,
    select,
)

from waypost.adapters.sql.bulk.new_rows import NewRows
from waypost.adapters.sql.dialect import SQLITE, batch, columns_of
from waypost.adapters.sql.tables import audit, unfiled_audit
from waypost.domain.audit.entries import (
    Action,
    AuditEntry,
    AuditFilter,
    first_id,
    moment_of,
)
from waypost.domain.audit.link_made import LinkMade
from waypost.ports.audit.trail import AuditPage, EntryLine, Unfiled
from waypost.wire.audit_entry import decode_entry, encode_entry, encode_made

LOOKED_AT: Final = 5_000
"""How many entries are looked at for one page."""

_CREATED: Final = str(Action.LINK_CREATED)
_COLUMNS: Final = tuple(column.name for column in audit.columns)
# As text, so that every plan knows that the index of rare actions has all of them.
_IS_RARE: Final = audit.c.action != literal_column(f"'{Action.LINK_CREATED}'")
# On PostgreSQL one statement adds to both tables. SQLite has no INSERT in a WITH, and a
# second statement costs no round trip there.
_ENTRIES: Final = NewRows(
    table=audit.name,
    columns=_COLUMNS,
    types=tuple("text" for _ in _COLUMNS),
    around="WITH added AS ({} RETURNING id) "
    "INSERT INTO unfiled_audit (id) SELECT id FROM added",
)
_UNFILED_IDS: Final = NewRows(
    table=unfiled_audit.name, columns=("id",), types=("text",)
)
_UNFILED: Final = (
    select(audit.c.id, audit.c.entry)
    .join_from(unfiled_audit, audit, audit.c.id == unfiled_audit.c.id)
    .order_by(unfiled_audit.c.id)
    .limit(bindparam("limit", type_=Integer))
)
_EXPIRED: Final = (
    select(audit.c.id)
    .where(audit.c.id < bindparam("before"))
    .where(~exists().where(unfiled_audit.c.id == audit.c.id))
    .order_by(audit.c.id)
    .limit(bindparam("limit", type_=Integer))
)


def add_entries(
    connection: Connection, entries: Sequence[AuditEntry | LinkMade]
) -> None:
    """Store *entries*, and note that no file has them."""
    rows = [*_rows(entries)]
    _ENTRIES.add(connection, rows)
    if connection.dialect.name == SQLITE:
        _UNFILED_IDS.add(connection, [row[:1] for row in rows])


def page_of(
    connection: Connection, wanted: AuditFilter, limit: int, before: str | None
) -> AuditPage:
    """Return up to *limit* entries that are *wanted*, with ids below *before*."""
    candidates = _candidates(wanted, before).limit(LOOKED_AT).subquery()
    matching = select(candidates.c.id, candidates.c.entry).where(
        *_conditions(wanted, candidates.c.action, candidates.c.actor)
    )
    newest = matching.order_by(candidates.c.id.desc()).limit(limit + 1)
    rows = connection.execute(newest).all()
    found = [decode_entry(row.entry) for row in rows[:limit]]
    if len(rows) > limit:
        return AuditPage(found, found[-1].id)
    more = _candidates(wanted, before).offset(LOOKED_AT - 1).limit(1)
    last = connection.execute(more).first()
    return AuditPage(found, None if last is None else last.id)


def unfiled(connection: Connection, limit: int) -> Sequence[EntryLine]:
    """Return up to *limit* entries that no file has, the oldest first."""
    rows = connection.execute(_UNFILED, {"limit": limit})
    return [EntryLine(entry_id, text) for entry_id, text in rows]


def filed(connection: Connection, ids: Collection[str]) -> None:
    """Note that a file has the entries of these *ids*."""
    removing = _removing(connection.dialect.name)
    connection.execute(removing, {"ids": batch([each] for each in ids)})


def count_unfiled(connection: Connection, limit: int) -> Unfiled:
    """Return how many entries no file has; *limit* if there are more."""
    oldest = select(unfiled_audit.c.id).order_by(unfiled_audit.c.id).limit(limit)
    ids = connection.execute(oldest).scalars().all()
    return Unfiled(len(ids), moment_of(ids[0]) if ids else None)


def expire(connection: Connection, before: datetime, limit: int) -> int:
    """Delete up to *limit* entries from before that moment that files have."""
    wanted = {"before": first_id(before), "limit": limit}
    ids = connection.execute(_EXPIRED, wanted).scalars().all()
    if ids:
        removing = _expiring(connection.dialect.name)
        connection.execute(removing, {"ids": batch([each] for each in ids)})
    return len(ids)


def _rows(entries: Sequence[AuditEntry | LinkMade]) -> Iterator[tuple[str, ...]]:
    # As text in its plain form: SQLite's driver asks everything else for another one.
    made = [one for one in entries if isinstance(one, LinkMade)]
    for one, text in zip(made, encode_made(made), strict=True):
        actor = one.by.actor
        shown = actor.id or str(actor.type)
        yield one.id, _CREATED, shown, f"link:{one.link.id}", text
    for entry in entries:
        if not isinstance(entry, LinkMade):
            shown = entry.actor.id or str(entry.actor.type)
            text = encode_entry(entry).decode()
            yield entry.id, str(entry.action), shown, entry.resource.key, text


@cache
def _removing(dialect: str) -> Executable:
    ids = select(*columns_of(dialect, "ids", Text))
    return delete(unfiled_audit).where(unfiled_audit.c.id.in_(ids))


@cache
def _expiring(dialect: str) -> Executable:
    ids = select(*columns_of(dialect, "ids", Text))
    return delete(audit).where(audit.c.id.in_(ids))


def _candidates(wanted: AuditFilter, before: str | None) -> Select[str, str, str, str]:
    """Return the entries, newest first, that an index finds for *wanted*."""
    columns = (audit.c.id, audit.c.action, audit.c.actor, audit.c.entry)
    found = select(*columns).order_by(audit.c.id.desc())
    if wanted.resource is not None:
        found = found.where(audit.c.resource == wanted.resource)
    if wanted.actions and Action.LINK_CREATED not in wanted.actions:
        found = found.where(_IS_RARE)
    bounds = [before, None if wanted.end is None else first_id(wanted.end)]
    for bound in bounds:
        if bound is not None:
            found = found.where(audit.c.id < bound)
    if wanted.start is not None:
        found = found.where(audit.c.id >= first_id(wanted.start))
    return found


def _conditions(
    wanted: AuditFilter, action: ColumnElement[str], actor: ColumnElement[str]
) -> Iterator[ColumnElement[bool]]:
    if wanted.actions:
        yield action.in_(sorted(wanted.actions))
    if wanted.actors:
        yield actor.in_(sorted(wanted.actors))
