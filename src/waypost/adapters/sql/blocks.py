"""Blocks of ids from a counter in the database."""

from typing import Final

from sqlalchemy import Connection, bindparam, case, func, select
from sqlalchemy.dialects.sqlite import insert

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.tables import BIG_INTEGER, id_allocators, links
from waypost.domain.codes import IdBlock

# A counter that was lost, or restored from an old backup, must not
# lag behind the links.
_LOWEST_FREE: Final = select(
    func.coalesce(func.max(links.c.id), 0) + 1
).scalar_subquery()
_NEXT: Final = id_allocators.c.next_id
_SIZE: Final = bindparam("size", type_=BIG_INTEGER)
_LEASE: Final = (
    insert(id_allocators)
    .values(name=bindparam("name"), next_id=_LOWEST_FREE + _SIZE)
    .on_conflict_do_update(
        index_elements=["name"],
        set_={
            "next_id": case((_NEXT > _LOWEST_FREE, _NEXT), else_=_LOWEST_FREE) + _SIZE
        },
    )
    .returning(_NEXT)
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
    lease = connection.execute(_LEASE, {"name": name, "size": size})
    next_id: int = lease.scalar_one()
    return next_id
