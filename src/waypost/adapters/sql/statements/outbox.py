"""Statements about the events that wait for their readers."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import (
    Connection,
    DateTime,
    Executable,
    Integer,
    Row,
    Text,
    bindparam,
    delete,
    select,
    true,
)

from waypost.adapters.sql.dialect import batch, columns_of, inserting, moment
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.statements.links import link_with_code
from waypost.adapters.sql.tables import outbox
from waypost.domain.events import LinkEvent
from waypost.ports.outbox import StoredEvent
from waypost.wire.link_event import (
    LinkEventText,
    decode_link_event,
    encode_link_event,
)

# Others skip taken events; on SQLite, which has no such option, they wait anyway.
_TAKE: Final = (
    select(outbox)
    .where(outbox.c.reader == bindparam("reader", type_=Text))
    .order_by(outbox.c.id)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)


_FORGOTTEN: Final = (
    select(outbox.c.id)
    .where(outbox.c.reader.not_in(bindparam("keep", expanding=True)))
    .where(outbox.c.occurred_at < bindparam("before"))
    .limit(bindparam("limit", type_=Integer))
)
_FORGETTING: Final = (
    delete(outbox).where(outbox.c.id.in_(_FORGOTTEN)).returning(outbox.c.reader)
)


@cache
def _adding(dialect: str) -> Executable:
    types = (Text, Text, DateTime(timezone=True), Text)
    rows = select(*columns_of(dialect, "events", *types)).where(true())
    columns = ["kind", "link", "occurred_at", "reader"]
    return inserting(dialect, outbox).from_select(columns, rows)


@cache
def _removing(dialect: str) -> Executable:
    ids = columns_of(dialect, "ids", BIG_INTEGER)
    return delete(outbox).where(outbox.c.id.in_(select(*ids)))


def add_events(
    connection: Connection, events: Sequence[LinkEvent], *, reader: str
) -> None:
    """Store *events* for *reader*."""
    if events:
        rows = (
            (*encode_link_event(event), moment(event.occurred_at), reader)
            for event in events
        )
        adding = _adding(connection.dialect.name)
        connection.execute(adding, {"events": batch(rows)})


def take_events(
    connection: Connection, *, reader: str, limit: int
) -> Sequence[StoredEvent]:
    """Return up to *limit* of the oldest events for *reader* that are not taken."""
    rows = connection.execute(_TAKE, {"reader": reader, "limit": limit}).all()
    return [StoredEvent(id=row.id, event=_event(connection, row)) for row in rows]


def forget_readers(
    connection: Connection, *, keep: Collection[str], before: datetime, limit: int
) -> Mapping[str, int]:
    """Remove what is older than *before* and for readers that are not in *keep*."""
    values = {"keep": list(keep), "before": before, "limit": limit}
    return Counter(connection.execute(_FORGETTING, values).scalars())


def _event(connection: Connection, row: Row[tuple[object, ...]]) -> LinkEvent:
    """Return the event in *row*, with all that is known of its link.

    A release before options may have written it: then the link is read again.
    """
    event, is_whole = decode_link_event(
        LinkEventText(row.kind, row.link), occurred_at=row.occurred_at
    )
    if is_whole:
        return event
    link = link_with_code(connection, event.link.code, event.link.domain)
    return event if link is None else replace(event, link=link)


def remove_events(connection: Connection, ids: Collection[int]) -> None:
    """Remove events that their reader has got."""
    if ids:
        removing = _removing(connection.dialect.name)
        connection.execute(removing, {"ids": batch([each] for each in ids)})
