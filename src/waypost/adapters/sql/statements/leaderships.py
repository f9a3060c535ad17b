"""Which process holds which lock, and until when."""

import time
from typing import Final

from sqlalchemy import Connection, delete, or_, text

from waypost.adapters.sql.dialect import SQLITE, inserting
from waypost.adapters.sql.tables import leaderships

_NOW: Final = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")


def hold(connection: Connection, name: str, holder: str, lifetime_ms: int) -> bool:
    """Take or renew *name* for *holder*; False: another one has it."""
    now = _now(connection)
    taking = inserting(connection.dialect.name, leaderships).values(
        name=name, holder=holder, expires_ms=now + lifetime_ms
    )
    fresh = taking.excluded
    taken = connection.execute(
        taking.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": fresh["holder"], "expires_ms": fresh["expires_ms"]},
            where=or_(
                leaderships.c.holder == fresh["holder"],
                leaderships.c.expires_ms <= now,
            ),
        )
    )
    return taken.rowcount == 1


def resign(connection: Connection, name: str, holder: str) -> None:
    """Give up *name*, if *holder* has it."""
    connection.execute(
        delete(leaderships).where(
            leaderships.c.name == name, leaderships.c.holder == holder
        )
    )


def _now(connection: Connection) -> int:
    """Return the time by the one clock that all holders share, in milliseconds."""
    if connection.dialect.name == SQLITE:
        return time.time_ns() // 1_000_000
    now: int = connection.execute(_NOW).scalar_one()
    return now
