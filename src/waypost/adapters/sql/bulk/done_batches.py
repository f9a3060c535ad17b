"""Statements about calls that may be sent again."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Connection, Text, bindparam, delete, select

from waypost.adapters.sql.dialect import inserting
from waypost.adapters.sql.tables import bulk_batches
from waypost.ports.bulk.results import CallName, DoneBatch

KEPT: Final = timedelta(days=1)
"""How long a call may be sent again."""
_NEXT: Final = (
    select(bulk_batches)
    .where(
        bulk_batches.c.owner == bindparam("of", type_=Text),
        bulk_batches.c.key == bindparam("named", type_=Text),
        bulk_batches.c.first_item >= bindparam("least", type_=BigInteger),
    )
    .order_by(bulk_batches.c.first_item)
    .limit(1)
)


def next_done(connection: Connection, call: CallName, first: int) -> DoneBatch | None:
    """Return the first batch of *call* with the *first* items or later ones."""
    values = {"of": call.owner, "named": call.key, "least": first}
    row = connection.execute(_NEXT, values).mappings().first()
    if row is None:
        return None
    return DoneBatch(
        first=row["first_item"],
        items=row["items"],
        digest=row["digest"],
        results=row["results"],
    )


def add_done(
    connection: Connection, call: CallName, batch: DoneBatch, at: datetime
) -> bool:
    """Store *batch*; return whether it was not stored before."""
    if batch.first == 0:
        old = bulk_batches.c.stored_at < at - KEPT
        connection.execute(delete(bulk_batches).where(old))
    adding = inserting(connection.dialect.name, bulk_batches).values(
        owner=call.owner,
        key=call.key,
        first_item=batch.first,
        items=batch.items,
        digest=batch.digest,
        results=batch.results,
        stored_at=at,
    )
    return connection.execute(adding.on_conflict_do_nothing()).rowcount == 1
