"""Statements about the events that are still to be told."""

from collections.abc import Collection, Sequence
from dataclasses import replace
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
from waypost.adapters.sql.statements.links import link_with_code
from waypost.adapters.sql.tables import BIG_INTEGER, outbox
from waypost.domain.events import LinkEvent
from waypost.ports.outbox import StoredEvent
from waypost.wire.link_event import (
    LinkEventText,
    decode_link_event,
    encode_link_event,
)

# Others skip what is taken; on SQLite, which knows no such thing, they wait anyway.
_TAKE: Final = (
    select(outbox)
    .order_by(outbox.c.id)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)


@cache
def _adding(dialect: str) -> Executable:
    types = (Text, Text, DateTime(timezone=True))
    rows = select(*columns_of(dialect, "events", *types)).where(true())
    return inserting(dialect, outbox).from_select(["kind", "link", "occurred_at"], rows)


@cache
def _removing(dialect: str) -> Executable:
    ids = columns_of(dialect, "ids", BIG_INTEGER)
    return delete(outbox).where(outbox.c.id.in_(select(*ids)))


def add_events(connection: Connection, events: Sequence[LinkEvent]) -> None:
    """Store *events*."""
    if events:
        rows = (
            (*encode_link_event(event), moment(event.occurred_at)) for event in events
        )
        adding = _adding(connection.dialect.name)
        connection.execute(adding, {"events": batch(rows)})


def take_events(connection: Connection, limit: int) -> Sequence[StoredEvent]:
    """Return up to *limit* of the oldest events that nobody else has taken."""
    return [
        StoredEvent(id=row.id, event=_event(connection, row))
        for row in connection.execute(_TAKE, {"limit": limit}).all()
    ]


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
    """Remove events that have been told."""
    if ids:
        removing = _removing(connection.dialect.name)
        connection.execute(removing, {"ids": batch([each] for each in ids)})
