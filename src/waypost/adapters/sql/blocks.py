"""Blocks of ids from a counter in the database."""

from functools import cache
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    bindparam,
    case,
    func,
    select,
)

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.dialect import inserting, write_before_answering
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.tables import id_allocators, links
from waypost.domain.codes import IdBlock
from waypost.ports.blocks import CounterChange

# A counter that was lost, or restored from an old backup, must not lag behind links.
_ABOVE_LINKS: Final = select(
    func.coalesce(func.max(links.c.id), 0) + 1
).scalar_subquery()
_NEXT_ID: Final = select(
    func.coalesce(
        select(id_allocators.c.next_id)
        .where(id_allocators.c.name == bindparam("name"))
        .scalar_subquery(),
        1,
    ),
    _ABOVE_LINKS,
)


@cache
def _leasing(dialect: str) -> Executable:
    least = bindparam("least", type_=BIG_INTEGER)
    size = bindparam("size", type_=BIG_INTEGER)
    lowest_free = _greater(_ABOVE_LINKS, least)
    next_id = id_allocators.c.next_id
    return (
        inserting(dialect, id_allocators)
        .values(name=bindparam("name"), next_id=lowest_free + size)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"next_id": _greater(next_id, lowest_free) + size},
        )
        .returning(next_id)
    )


def _greater(one: ColumnElement[int], two: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > two, one), else_=two)


class SqlBlocks:
    """Leases blocks from the counter called *name*, in transactions of its own.

    Inside a transaction of the same process a lease would wait for that one to end.
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

    async def next_id(self) -> int:
        """Return the lowest id that is not leased yet.

        Raises:
            BackendUnavailable: The database does not answer in time.
        """
        return await self._database.read(next_id, self._name)

    async def raise_above(self, highest: int) -> CounterChange | None:
        """Lease no id up to *highest* from now on; None: the counter is above it.

        Raises:
            BackendUnavailable: The database cannot be written.
        """
        async with self._database.transaction() as transaction:
            before = await transaction.run(next_id, self._name)
            after = await transaction.run(_advance, self._name, 0, highest + 1)
        return CounterChange(before, after) if after > before else None


def skip_ids(connection: Connection, name: str, number: int, *, above: int) -> None:
    """Make the counter called *name* lease neither its next ids nor any up to *above*.

    *number* ids are skipped in addition.
    """
    _advance(connection, name, number, above + 1)


def _advance(connection: Connection, name: str, size: int, least: int = 1) -> int:
    dialect = connection.dialect.name
    write_before_answering(connection)
    row = {"name": name, "size": size, "least": least}
    next_id: int = connection.execute(_leasing(dialect), row).scalar_one()
    return next_id


def next_id(connection: Connection, name: str) -> int:
    """Return the lowest id that the counter called *name* has not leased yet."""
    counter, above_links = connection.execute(_NEXT_ID, {"name": name}).one()
    return max(int(counter), int(above_links))
