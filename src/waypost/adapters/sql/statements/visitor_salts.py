"""The secrets of UTC days, by which visitors are recognised within one."""

from secrets import token_bytes
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select

from waypost.adapters.sql.dialect import inserting
from waypost.adapters.sql.schema.block_tables import block_state
from waypost.adapters.sql.statements.row_blocks import HASHES_FROM, hold
from waypost.adapters.sql.tables import visitor_salts

_BYTES: Final = 32
_FROM: Final = (
    select(block_state.c.value)
    .where(block_state.c.name == HASHES_FROM)
    .scalar_subquery()
)
# One statement, because it must see one moment.
_FINDING: Final = select(
    select(visitor_salts.c.salt)
    .where(visitor_salts.c.day == bindparam("day"))
    .scalar_subquery(),
    _FROM,
)


def find_salt(connection: Connection, day: int) -> tuple[bytes | None, int]:
    """Return the salt of *day*, and the first day that may have one."""
    salt, first = connection.execute(_FINDING, {"day": day}).one()
    return salt, first or 0


def make_salt(connection: Connection, day: int) -> bytes | None:
    """Return the salt of *day*, made if needed; None: it was destroyed."""
    hold(connection)  # or another process might destroy it between these statements
    salt, first = find_salt(connection, day)
    if salt is not None or day < first:
        return salt
    making = inserting(connection.dialect.name, visitor_salts)
    connection.execute(making, {"day": day, "salt": token_bytes(_BYTES)})
    return find_salt(connection, day)[0]


def hashes_from(connection: Connection) -> int:
    """Return the first day that may have a salt."""
    return connection.execute(select(_FROM)).scalar() or 0


def destroy_salts(connection: Connection, before_day: int) -> None:
    """Destroy the salts of the days before *before_day*, and make none for them."""
    hold(connection)
    first = inserting(connection.dialect.name, block_state).values(
        name=HASHES_FROM, value=before_day
    )
    connection.execute(
        first.on_conflict_do_update(
            index_elements=["name"], set_={"value": first.excluded["value"]}
        )
    )
    connection.execute(delete(visitor_salts).where(visitor_salts.c.day < before_day))
