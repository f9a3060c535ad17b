"""Blocks of ids from a counter in the database."""

from functools import cache
from typing import Final

from sqlalchemy import Connection, Executable, bindparam, case, func, select, text

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.dialect import inserting
from waypost.adapters.sql.tables import BIG_INTEGER, id_allocators, links
from waypost.domain.codes import IdBlock


@cache
def _leasing(dialect: str) -> Executable:
    # A counter that was lost, or restored from an old backup, must not
    # lag behind the links.
    lowest_free = select(func.coalesce(func.max(links.c.id), 0) + 1).scalar_subquery()
    next_id = id_allocators.c.next_id
    size = bindparam("size", type_=BIG_INTEGER)
    return (
        inserting(dialect, id_allocators)
        .values(name=bindparam("name"), next_id=lowest_free + size)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={
                "next_id": case((next_id > lowest_free, next_id), else_=lowest_free)
                + size
            },
        )
        .returning(next_id)
    )


# A server that answers before it writes, as an operator may have it for speed, would
# lease the same ids again after a crash.
_ON_DISK_FIRST: Final = text(
    "SELECT set_config('synchronous_commit', 'on', true)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)


class SqlBlocks:
    """Leases blocks from the counter called *name*, in transactions of its own.

    Within a transaction of the same process it would wait for that one to end.
    """

    def __init__(self, database: Database, *, name: str) -> None:
        self._database = database
        self._name = name

    async def lease(self, size: int) -> IdBlock:
        """Return the next *size* ids.

        Raises:
            BackendUnavailable: The database cannot be written.
        """
        async with self._database.transaction() as transaction:
            next_id = await transaction.run(_advance, self._name, size)
        return IdBlock(start=next_id - size, end=next_id - 1)


def _advance(connection: Connection, name: str, size: int) -> int:
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(_ON_DISK_FIRST)
    leasing = _leasing(dialect)
    leased = connection.execute(leasing, {"name": name, "size": size})
    next_id: int = leased.scalar_one()
    return next_id
